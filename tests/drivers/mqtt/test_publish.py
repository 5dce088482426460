"""A PUBLISH is what paho would have made of it, byte for byte."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from drivers.mqtt.message import Message
from drivers.mqtt.properties import PropertiesOf
from drivers.mqtt.publish import Unsendable, publish

MESSAGES = st.builds(
    Message,
    topic=st.text("abc/-.ä€", min_size=1, max_size=300),
    payload=st.binary(max_size=400),
    qos=st.sampled_from((0, 1)),
    retain=st.booleans(),
    expires_s=st.none() | st.integers(0, 2**32 - 1),
    replayed=st.booleans(),
    correlation=st.none() | st.binary(max_size=20),
)


class _Peer(paho.Client):
    """paho's client, whose packets go nowhere."""

    sent = b""

    def _packet_queue(self, command: int, packet: Any, *more: Any) -> MQTTErrorCode:
        self.sent += bytes(packet)
        return MQTTErrorCode.MQTT_ERR_SUCCESS


def _by_paho(message: Message, is_v5: bool) -> tuple[bytes, int]:
    protocol = MQTTProtocolVersion.MQTTv5 if is_v5 else MQTTProtocolVersion.MQTTv311
    peer = _Peer(CallbackAPIVersion.VERSION2, protocol=protocol)
    peer._sock = object()  # type: ignore[assignment]
    properties = PropertiesOf()(message) if is_v5 else None
    told = peer.publish(message.topic, message.payload, message.qos, message.retain, properties)
    peer._sock = None
    return peer.sent, told.mid


@given(MESSAGES, st.booleans())
def test_a_packet_is_as_paho_makes_it(message: Message, is_v5: bool) -> None:
    right, mid = _by_paho(message, is_v5)
    properties = PropertiesOf()(message).pack() if is_v5 else b""
    assert publish(message, mid if message.qos else 0, properties) == right


@pytest.mark.parametrize("count", [0, 1, 100, 122, 123, 16_375, 16_376, 16_377, 70_000, 2_097_200])
def test_its_length_has_as_many_bytes_as_it_takes(count: int) -> None:
    message = Message("t", bytes(count))
    assert publish(message, 1, b"") == _by_paho(message, is_v5=False)[0]


@pytest.mark.parametrize("topic", ["", "a/+/b", "a/#", "a\0b", "ä" * 40_000])
def test_what_is_no_topic_is_refused(topic: str) -> None:
    with pytest.raises(Unsendable, match="no topic to publish to"):
        publish(Message(topic, b""), 1, b"")


def test_what_no_packet_can_hold_is_refused() -> None:
    with pytest.raises(Unsendable, match="268435456 bytes, where MQTT allows 268435455"):
        publish(Message("t", bytes((1 << 28) - 5)), 1, b"")
