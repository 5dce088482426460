"""ChirpStack's JSON: the fields that count, those that may be missing, and messages that are something else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lorawan.servers.chirpstack import uplink
from drivers.lorawan.uplink import NotAnUplink, UplinkFrame

EVENT: dict[str, Any] = {
    "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
    "time": "2026-11-22T09:34:15.775023242+00:00",
    "deviceInfo": {
        "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
        "tenantName": "town",
        "applicationId": "17c82e96-be03-4f38-aef3-f83d48582d97",
        "applicationName": "parking",
        "deviceProfileId": "14855bf7-d10d-4aee-b618-ebfcb64dc7ad",
        "deviceProfileName": "TPS110",
        "deviceName": "place 12",
        "devEui": "70B3D5A1C0DE0001",
        "tags": {},
    },
    "devAddr": "00189440",
    "dr": 1,
    "fCnt": 12,
    "fPort": 1,
    "data": "AQ==",
    "rxInfo": [
        {"gatewayId": "0016c001f153a14c", "uplinkId": 42, "rssi": -113, "snr": 9.5, "context": "9u/uvA=="},
        {"gatewayId": "0016c001f153a14d", "rssi": -48, "snr": 7, "location": {"latitude": 45.7}},
        {"gatewayId": "0016c001f153a14e"},
    ],
    "txInfo": {"frequency": 868100000, "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 11}}},
}


def read(**changed: Any) -> UplinkFrame:
    event = {key: value for key, value in (EVENT | changed).items() if value is not ...}
    return uplink(json.dumps(event).encode())


def test_an_event_of_version_4() -> None:
    heard = read()
    assert heard == UplinkFrame(
        "70b3d5a1c0de0001", 1, 12, b"\x01", "00189440", heard.sent_s, EVENT["deduplicationId"], -48.0, 7.0
    )
    assert heard.sent_s == pytest.approx(1795340055.775023)


def test_what_holds_its_default_may_be_left_out() -> None:
    heard = read(fCnt=..., data=..., rxInfo=..., time=..., deduplicationId=..., devAddr=...)
    assert heard == UplinkFrame("70b3d5a1c0de0001", 1, 0, b"")


@pytest.mark.parametrize("changed", [{"fPort": ..., "data": ...}, {"fPort": 0, "data": None}, {"rxInfo": None}])
def test_a_frame_of_the_network_alone_is_a_sign_of_life(changed: dict[str, Any]) -> None:
    heard = read(**changed)
    assert heard.f_cnt == 12 and (heard.f_port, heard.payload) in ((0, b""), (1, b"\x01"))


@pytest.mark.parametrize(
    "named",
    [
        {"devEui": "70b3d5a1c0de0001"},
        {"devEUI": "70b3d5a1c0de0001"},
        {"devEUI": "cLPVocDeAAE="},
        {"devEui": "70-B3-D5-A1-C0-DE-00-01"},
    ],
)
def test_the_deveui_beside_the_device(named: dict[str, str]) -> None:
    assert read(deviceInfo=..., **named).dev_eui == "70b3d5a1c0de0001"


def test_a_signal_as_version_3_names_it() -> None:
    assert read(rxInfo=[{"rssi": -57, "loRaSNR": 10}]).snr_db == 10.0


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01T00:00:00Z", "2026-11-22T09:34:15", "", None])
def test_a_time_that_cannot_be_read_is_not_told(time: str | None) -> None:
    assert read(time=time).sent_s is None


@pytest.mark.parametrize(
    "changed",
    [
        {"joinServerContext": {"sessionKeyId": "AYo="}},
        {"fPort": 256},
        {"fPort": "1"},
        {"fCnt": -1},
        {"fCnt": 1 << 32},
        {"fCnt": 1.5},
        {"data": "not base64"},
        {"data": "AQ"},
        {"data": "A" * 1000},
        {"data": 1},
        {"devAddr": "0" * 65},
        {"deduplicationId": "x" * 65},
        {"rxInfo": [{"rssi": 1e308}]},
        {"rxInfo": [{"snr": -1e9}]},
        {"deviceInfo": ...},
        {"deviceInfo": {}},
        {"deviceInfo": {"devEui": "70b3"}},
        {"deviceInfo": {"devEui": "nonsense"}},
        {"deviceInfo": "70b3d5a1c0de0001"},
        {"rxInfo": {"rssi": -48}},
    ],
)
def test_what_is_no_uplink(changed: dict[str, Any]) -> None:
    with pytest.raises(NotAnUplink):
        read(**changed)


@pytest.mark.parametrize("message", [b"", b"[]", b"1", b"{", b"\xff\xfe", b"null", b"[" * 100_000, b'{"a":' * 20_000])
def test_what_is_no_json_of_chirpstack(message: bytes) -> None:
    with pytest.raises(NotAnUplink):
        uplink(message)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*EVENT, "devEUI", "x"]), inner, max_size=5)
    ),
    max_leaves=10,
)


@given(JSON | st.dictionaries(st.sampled_from([*EVENT]), JSON).map(lambda changed: EVENT | changed))
def test_any_json_is_an_uplink_or_raises_the_one_error(value: Any) -> None:
    try:
        heard = uplink(json.dumps(value).encode())
    except NotAnUplink:
        return
    assert len(bytes.fromhex(heard.dev_eui)) == 8
    assert 1 <= heard.f_port <= 255


@given(st.binary(max_size=300))
def test_any_bytes_are_no_crash(message: bytes) -> None:
    with pytest.raises(NotAnUplink):
        uplink(message)
