"""Each network server's own format: the same frame out of all, what is none, and bytes that are nothing."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lorawan.servers import SERVERS, ServerName, likely
from drivers.lorawan.uplink import MAX_BYTES, NotAnUplink, UplinkFrame, no_object

EUI, AT = "70b3d5a1c0de0001", "2026-11-22T23:26:05.167Z"
AT_S = 1795389965.167
GATEWAY_S, SERVER_S = AT_S, 1795389965.195

V4: dict[str, Any] = {
    "deduplicationId": "3ac7e3c4-0000-4000-8000-000000000002",
    "time": "2026-11-22T23:26:05.167+00:00",
    "deviceInfo": {"devEui": EUI},
    "devAddr": "00189440",
    "fCnt": 17,
    "fPort": 3,
    "data": "AQE=",
    "object": {"parking": {"occupied": True}},
    "rxInfo": [{"nsTime": "2026-11-22T23:26:05.195+00:00", "rssi": -97, "snr": 7.5}],
}
V3: dict[str, Any] = {
    "devEUI": EUI,
    "rxInfo": [{"time": AT, "rssi": -97, "loRaSNR": 7.5}, {"time": None, "rssi": -101, "loRaSNR": 2}],
    "fCnt": 17,
    "fPort": 3,
    "data": "AQE=",
    "object": {"parking": {"occupied": True}},
}
V3_BASE64 = V3 | {
    "devEUI": "cLPVocDeAAE=",
    "devAddr": "ABiUQA==",
    "publishedAt": "2026-11-22T23:26:05.195Z",
    "object": None,
    "objectJSON": '{"parking":{"occupied":true}}',
}
TTS: dict[str, Any] = {
    "end_device_ids": {"device_id": "disc-1", "dev_eui": EUI.upper(), "dev_addr": "260B1234"},
    "received_at": "2026-11-22T23:26:05.400123456Z",
    "uplink_message": {
        "f_port": 3,
        "f_cnt": 17,
        "frm_payload": "AQE=",
        "decoded_payload": {"parking": {"occupied": True}},
        "rx_metadata": [{"time": AT, "rssi": -97, "snr": 7.5}],
        "received_at": "2026-11-22T23:26:05.195000000Z",
    },
}
THINGPARK: dict[str, Any] = {
    "DevEUI_uplink": {
        "Time": "2026-11-23T00:26:05.195+01:00",
        "DevEUI": EUI.upper(),
        "FPort": 3,
        "FCntUp": 17,
        "payload_hex": "0101",
        "LrrRSSI": -97.0,
        "LrrSNR": 7.5,
        "DevAddr": "0405F519",
    }
}
LORIOT: dict[str, Any] = {
    "cmd": "rx",
    "EUI": EUI.upper(),
    "ts": 1795389965195,
    "fcnt": 17,
    "port": 3,
    "rssi": -97,
    "snr": 7.5,
    "data": "0101",
}
PROTOBUF = bytes.fromhex(
    "0a2433616337653363342d303030302d343030302d383030302d303030303030303030303032120b088df48dd80610c0efd04f1aa1010a24"
    "35326631346364342d303030302d343030302d383030302d3030303030303030303030331204746f776e1a2433663564306434652d303030"
    "302d343030302d383030302d30303030303030303030303122077061726b696e672a2431343835356266372d303030302d343030302d3830"
    "30302d3030303030303030303030343204646973633a06646973632d31421037306233643561316330646530303031220830303138393434"
    "302801300338114003520201015a100a0e0a086f6363757069656412022001624b0a10303031366330303166313530303030311"
    "0cfdeefda0f1a0b088df48dd80610c0efd04f309fffffffffffffffff013d0000f04040026a01008001028a010b088df48dd8061080aaea"
    "556a1208a0cff89d03120a1a0808c8d007100928018201056575383638"
)
"""What the published chirpstack-api 4.20.0 writes of the same frame."""

MESSAGES: Mapping[str, tuple[ServerName, bytes]] = {
    "chirpstack": ("chirpstack", json.dumps(V4).encode()),
    "chirpstack-protobuf": ("chirpstack-protobuf", PROTOBUF),
    "chirpstack-v3": ("chirpstack-v3", json.dumps(V3).encode()),
    "chirpstack-v3, marshaler json": ("chirpstack-v3", json.dumps(V3_BASE64).encode()),
    "tts": ("tts", json.dumps(TTS).encode()),
    "thingpark": ("thingpark", json.dumps(THINGPARK).encode()),
    "loriot": ("loriot", json.dumps(LORIOT).encode()),
}


def read(server: ServerName, message: Any, wanted: Collection[str] = ()) -> UplinkFrame | None:
    raw = message if isinstance(message, bytes) else json.dumps(message).encode()
    return SERVERS[server].read(raw, lambda eui: wanted)


def merged(base: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """A message with other values, `...`: without them, the last table of it being the frame's."""
    inner = next((key for key in ("uplink_message", "DevEUI_uplink") if key in base), None)
    told = base[inner] if inner else base
    told = {key: value for key, value in (told | changed).items() if value is not ...}
    return base | {inner: told} if inner else told


@pytest.mark.parametrize("which", MESSAGES)
def test_the_same_frame_comes_out_of_every_format(which: str) -> None:
    server, message = MESSAGES[which]
    heard = read(server, message)
    assert heard is not None
    assert (heard.dev_eui, heard.f_port, heard.f_cnt, heard.payload) == (EUI, 3, 17, b"\1\1")
    assert (heard.rssi_dbm, heard.snr_db, heard.decoded) == (-97, 7.5, {})
    assert likely(message) == server


def test_every_server_of_the_configuration_is_tried() -> None:
    assert {server for server, _ in MESSAGES.values()} == set(SERVERS) == set(get_args(ServerName))


@pytest.mark.parametrize(
    ("which", "sent_s"),
    [
        ("chirpstack", SERVER_S),
        ("chirpstack-protobuf", 1795389965.18),
        ("chirpstack-v3", None),
        ("chirpstack-v3, marshaler json", SERVER_S),
        ("tts", SERVER_S),
        ("thingpark", SERVER_S),
        ("loriot", SERVER_S),
    ],
)
def test_the_time_is_the_servers_and_none_where_it_tells_none(which: str, sent_s: float | None) -> None:
    heard = read(*MESSAGES[which])
    assert heard is not None
    assert heard.sent_s == (None if sent_s is None else pytest.approx(sent_s, abs=1e-5))


@pytest.mark.parametrize("which", ["chirpstack", "chirpstack-v3", "chirpstack-v3, marshaler json", "tts"])
def test_what_the_server_has_decoded_is_taken_by_its_path_where_it_is_wanted(which: str) -> None:
    server, message = MESSAGES[which]
    wanted = ("parking.occupied", "parking", "nowhere.at.all")
    heard = read(server, message, wanted)
    assert heard is not None and heard.decoded == {"parking.occupied": True}


def test_protocol_buffers_give_what_the_server_has_decoded_too() -> None:
    heard = read("chirpstack-protobuf", PROTOBUF, ("occupied",))
    assert heard is not None and heard.decoded == {"occupied": True}


@pytest.mark.parametrize(
    ("server", "message"),
    [
        ("chirpstack-v3", merged(V3, fPort=..., data=None)),
        ("tts", merged(TTS, f_port=..., frm_payload=...)),
        ("thingpark", merged(THINGPARK, FPort=..., payload_hex=...)),
        ("loriot", merged(LORIOT, port=0, data="")),
    ],
)
def test_a_frame_of_the_network_alone_is_a_sign_of_life(server: ServerName, message: dict[str, Any]) -> None:
    heard = read(server, message)
    assert heard is not None and (heard.f_port, heard.f_cnt, heard.payload) == (0, 17, b"")


@pytest.mark.parametrize(
    ("server", "message"),
    [
        ("chirpstack", merged(V4, joinServerContext={"sessionKeyId": "AYo="})),
        ("tts", merged(TTS, app_s_key={"key": "AA=="})),
        ("loriot", merged(LORIOT, data=..., encdata="0a0b")),
        ("chirpstack-protobuf", PROTOBUF + bytes((15 << 3 | 2, 2, 0x0A, 0))),
    ],
)
def test_a_payload_that_is_encrypted_is_no_frame(server: ServerName, message: Any) -> None:
    with pytest.raises(NotAnUplink, match="has not been given the device's AppSKey"):
        read(server, message)


@pytest.mark.parametrize(
    ("server", "message"),
    [
        ("loriot", {"cmd": "txd", "EUI": EUI}),
        ("loriot", {"cmd": "cq"}),
        ("thingpark", {"DevEUI_downlink_Sent": {"DevEUI": EUI}}),
        ("thingpark", {"DevEUI_location": {}}),
        ("thingpark", {"DevEUI_notification": {"Type": "join"}}),
    ],
)
def test_what_else_a_server_tells_of_a_device_is_passed_over(server: ServerName, message: dict[str, Any]) -> None:
    assert read(server, message) is None


def test_loriot_tells_a_frame_again_with_all_its_gateways() -> None:
    again = merged(LORIOT, cmd="gw", rssi=..., snr=..., gws=[{"rssi": -120, "snr": -9}, {"rssi": -90, "snr": 8}])
    heard = read("loriot", again)
    assert heard is not None and (heard.f_cnt, heard.rssi_dbm, heard.snr_db) == (17, -90, 8)


def test_thingpark_wrote_numbers_as_texts() -> None:
    older = merged(THINGPARK, FPort="3", FCntUp="17", LrrRSSI="-97.000000", LrrSNR="7.500000")
    assert read("thingpark", older) == read("thingpark", THINGPARK)


@pytest.mark.parametrize(
    ("server", "message"),
    [
        (server, merged(base, **{key: value}))
        for server, base, key, value in (
            ("chirpstack-v3", V3, "devEUI", "70b3"),
            ("chirpstack-v3", V3, "devEUI", ...),
            ("chirpstack-v3", V3, "data", "A" * 1000),
            ("chirpstack-v3", V3, "fCnt", -1),
            ("tts", TTS, "f_port", 256),
            ("tts", TTS, "frm_payload", "not base64"),
            ("tts", TTS, "rx_metadata", {"rssi": 1}),
            ("thingpark", THINGPARK, "payload_hex", "0"),
            ("thingpark", THINGPARK, "payload_hex", "00" * 300),
            ("thingpark", THINGPARK, "FPort", "three"),
            ("thingpark", THINGPARK, "DevEUI", ""),
            ("loriot", LORIOT, "data", "xx"),
            ("loriot", LORIOT, "ts", -1),
            ("loriot", LORIOT, "EUI", ...),
            ("loriot", LORIOT, "cmd", 1),
        )
    ],
)
def test_what_is_no_uplink(server: ServerName, message: dict[str, Any]) -> None:
    with pytest.raises(NotAnUplink):
        read(server, message)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    "message", [b"", b"{}", b"[]", b"null", b"\xff", b"{" * 60_000, b'{"cmd":"rx"', b" " * (MAX_BYTES + 1)]
)
def test_what_is_nothing_at_all_is_no_uplink_of_any_server(server: ServerName, message: bytes) -> None:
    with pytest.raises(NotAnUplink):
        read(server, message)
    assert likely(message) is None


@pytest.mark.parametrize("given_s", ["1970-01-01T00:00:00Z", "yesterday", None, 5])
def test_a_gateway_without_a_clock_dates_nothing(given_s: Any) -> None:
    message = merged(TTS, rx_metadata=[{"time": given_s, "rssi": -97, "snr": 7.5}])
    heard = read("tts", message)
    assert heard is not None and heard.sent_s == pytest.approx(SERVER_S)


@given(st.sampled_from(sorted(SERVERS)), st.binary(max_size=300))
def test_any_bytes_are_a_frame_or_none_and_never_another_error(server: ServerName, message: bytes) -> None:
    try:
        SERVERS[server].read(message, no_object)
    except NotAnUplink as error:
        assert str(error).isprintable()


@given(st.integers(0, len(PROTOBUF) - 1), st.integers(0, 255), st.integers(0, len(PROTOBUF)))
def test_protocol_buffers_with_a_wrong_byte_or_cut_short(at: int, byte: int, length: int) -> None:
    spoilt = (PROTOBUF[:at] + bytes((byte,)) + PROTOBUF[at + 1 :])[:length]
    try:
        heard = SERVERS["chirpstack-protobuf"].read(spoilt, lambda eui: ("occupied",))
    except NotAnUplink:
        return
    assert heard is not None and len(heard.dev_eui) == 16


def test_the_sample_of_another_hand(shared: Path) -> None:
    samples = shared / "platforms" / "lorawan-samples"
    names: Mapping[str, ServerName] = {
        "chirpstack-v4": "chirpstack",
        "chirpstack-v3-json": "chirpstack-v3",
        "chirpstack-v3-json-v3": "chirpstack-v3",
        "tts-v3": "tts",
        "thingpark": "thingpark",
        "loriot-rx": "loriot",
    }
    for file, server in names.items():
        heard = read(server, json.loads((samples / f"{file}.json").read_text())["payload"])
        assert heard is not None and (heard.dev_eui, heard.f_port, heard.f_cnt, heard.payload) == (EUI, 3, 17, b"\1\1")
    assert bytes.fromhex((samples / "chirpstack-v4.protobuf.hex").read_text()) == PROTOBUF
