"""What network servers are sent for a device, and what they tell of it."""

import base64
import json

import pytest

from drivers.lorawan.downlink_formats import DOWNLINKS, Downlink, Fate

ID = "3f0c5a52-3a0f-4a3d-8f61-6a5d2c1f7e10"
DOWNLINK = Downlink(ID, "24e124756e049153", 85, bytes.fromhex("080101"))
CHIRPSTACK, THINGS = DOWNLINKS["chirpstack"], DOWNLINKS["tts"]
UP = "application/4f2c/device/24e124756e049153/event/"


def test_chirpstack_is_told_what_its_protocol_names() -> None:
    assert json.loads(CHIRPSTACK.message(DOWNLINK)) == {
        "id": ID,
        "devEui": "24e124756e049153",
        "confirmed": True,
        "fPort": 85,
        "data": base64.b64encode(b"\x08\1\1").decode(),
    }
    assert CHIRPSTACK.topic == "application/{application}/device/{dev_eui}/command/down"


@pytest.mark.parametrize(
    ("event", "message", "fate"),
    [
        ("txack", {"queueItemId": ID, "gatewayId": "0016c001f153a14c", "fCntDown": 7}, Fate(ID, "sent")),
        ("ack", {"queueItemId": ID, "acknowledged": True, "fCntDown": 7}, Fate(ID, "confirmed")),
        ("ack", {"queueItemId": ID, "fCntDown": 7}, Fate(ID, "unconfirmed")),
        ("ack", {"acknowledged": True}, None),
    ],
)
def test_what_chirpstack_tells_of_it(event: str, message: object, fate: Fate | None) -> None:
    assert CHIRPSTACK.read(UP + event, json.dumps(message).encode()) == fate


def test_the_things_stack_gets_it_in_the_place_of_what_waits() -> None:
    (told,) = json.loads(THINGS.message(DOWNLINK))["downlinks"]
    assert told["frm_payload"] == base64.b64encode(b"\x08\1\1").decode()
    assert (told["f_port"], told["confirmed"], told["correlation_ids"]) == (85, True, [f"lamppost:{ID}"])
    assert THINGS.topic.endswith("/down/replace") and THINGS.qos == 0


@pytest.mark.parametrize(
    ("told", "fate"),
    [
        ({"downlink_sent": {"correlation_ids": ["as:1", f"lamppost:{ID}"]}}, Fate(ID, "sent")),
        ({"correlation_ids": [f"lamppost:{ID}"], "downlink_ack": {"f_port": 85}}, Fate(ID, "confirmed")),
        ({"downlink_nack": {"correlation_ids": [f"lamppost:{ID}"]}}, Fate(ID, "unconfirmed")),
        (
            {
                "downlink_failed": {
                    "downlink": {"correlation_ids": [f"lamppost:{ID}"]},
                    "error": {"message_format": "application payload length too large"},
                }
            },
            Fate(ID, "failed", "application payload length too large"),
        ),
        ({"correlation_ids": ["as:1"], "downlink_ack": {"correlation_ids": ["other:2"]}}, None),
        ({"downlink_queued": {"correlation_ids": [f"lamppost:{ID}"]}}, None),
    ],
)
def test_what_the_things_stack_tells_of_it(told: object, fate: Fate | None) -> None:
    assert THINGS.read("v3/app1@ttn/devices/depot/down/ack", json.dumps(told).encode()) == fate


@pytest.mark.parametrize("payload", [b"", b"[]", b"{", b"\xff", b'{"queueItemId": 3}', b" " * 20_000])
@pytest.mark.parametrize("server", [CHIRPSTACK, THINGS])
def test_what_is_no_such_message_tells_nothing(server: object, payload: bytes) -> None:
    assert server.read(UP + "ack", payload) is None  # type: ignore[attr-defined]
