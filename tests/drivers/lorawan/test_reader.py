"""Messages that are none of the network server: counted, and told where nothing else comes."""

import json

import pytest

from drivers.drop_counter import DropCounter
from drivers.lorawan.reader import MOST_MISREAD, MessageReader
from drivers.lorawan.servers import ServerName
from drivers.lorawan.uplink import no_object
from drivers.mqtt.message import Received

V4 = json.dumps({"deviceInfo": {"devEui": "70b3d5a1c0de0001"}, "fPort": 1, "fCnt": 2, "data": "AQ=="}).encode()
TTS = json.dumps(
    {"end_device_ids": {"dev_eui": "70B3D5A1C0DE0001"}, "uplink_message": {"f_port": 1, "f_cnt": 2}}
).encode()


class Ear:
    """A reader, and what it has dropped."""

    def __init__(self, server: ServerName = "chirpstack") -> None:
        self.drops = DropCounter("town")
        self.reader = MessageReader("town", server, self.drops, no_object)

    def hear(self, payload: bytes, times: int = 1, retain: bool = False) -> bool:
        messages = [Received("up", payload, 1, retain, 1.0, None) for _ in range(times)]
        return all([self.reader.frame_of(each) is not None for each in messages])


def test_a_server_that_changes_its_format_is_told_after_some_messages_and_by_what_it_looks_like() -> None:
    ear = Ear()
    assert ear.hear(V4, 3)
    assert not ear.hear(TTS, MOST_MISREAD - 1) and ear.reader.trouble is None
    ear.hear(TTS)
    assert ear.drops.counts == {"not_an_uplink": MOST_MISREAD}
    assert str(ear.reader.trouble) == (
        'town: what comes is no uplink of ChirpStack v4 (it looks like one of The Things Stack: server = "tts")'
    )


def test_one_that_can_be_read_ends_it() -> None:
    ear = Ear("tts")
    ear.hear(b"{}", MOST_MISREAD + 3)
    assert "did the network server change its format? See server of [lorawan.town]" in str(ear.reader.trouble)
    assert ear.hear(TTS) and ear.reader.trouble is None


def test_a_few_that_are_none_among_others_are_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    ear = Ear()
    for _ in range(10):
        ear.hear(b"hello", MOST_MISREAD - 1)
        ear.hear(V4)
    assert ear.reader.trouble is None
    (line,) = caplog.records
    assert "a message that is no uplink of ChirpStack v4 is left out" in line.getMessage()


def test_retained_messages_say_nothing_of_the_format() -> None:
    ear = Ear()
    ear.hear(TTS, 2 * MOST_MISREAD, retain=True)
    assert ear.reader.trouble is None and ear.drops.counts == {"retained": 2 * MOST_MISREAD}
