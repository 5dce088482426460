"""What a broker says in CONNACK that it cannot do (MQTT 5.0, section 3.2.2.3) is held to."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from drivers.mqtt.credentials import Credentials
from drivers.mqtt.errors import QosTooLow, Withheld
from drivers.mqtt.link import Link
from drivers.mqtt.message import Message
from drivers.mqtt.options import BrokerOptions
from drivers.mqtt.packets import BadPacket

Make = Callable[..., Any]
NO_RETAIN, QOS_0, QOS_1 = b"\x25\0", b"\x24\0", b"\x24\1"


def _connack(properties: bytes) -> bytes:
    return bytes((0x20, 3 + len(properties), 0, 0, len(properties))) + properties


def _link(port: int, protocol: Any = "5") -> Link:
    return Link(
        BrokerOptions(host="127.0.0.1", port=port, protocol=protocol),
        Credentials(),
        identifier="p1",
        will=None,
        answer_s=20.0,
        session_s=60,
        max_packet_bytes=65_536,
        on_overflow=lambda _topic: None,
    )


def _publishes(raw_broker: Make, misdeeds: list[Any], protocol: str, messages: list[Message]) -> tuple[bool, list[int]]:
    """Whether the link retains, and the first byte of each PUBLISH that came. Raises as the link does."""

    async def main() -> tuple[bool, list[int]]:
        async with raw_broker(protocol, misdeeds) as broker:
            link = _link(broker.port, protocol)
            async with link:
                for message in messages:
                    await link.deliver(message)
            return link.retains, [head for head, _ in broker.said[0] if head >> 4 == 3]

    return asyncio.run(main())


STATES = [Message("s", b"{}", retain=True), Message("s", b"", retain=True), Message("e", b"{}")]


def test_a_broker_that_keeps_nothing_is_sent_nothing_to_be_kept(raw_broker: Make, misdeed: Make) -> None:
    says = [misdeed("no retain", "CONNACK", _connack(NO_RETAIN))]
    assert _publishes(raw_broker, says, "5", STATES) == (False, [0x32, 0x32, 0x32])


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_one_that_says_nothing_of_it_is(protocol: str, raw_broker: Make) -> None:
    assert _publishes(raw_broker, [], protocol, STATES) == (True, [0x33, 0x33, 0x32])


def test_qos_1_is_enough(raw_broker: Make, misdeed: Make) -> None:
    says = [misdeed("qos 1", "CONNACK", _connack(QOS_1))]
    assert _publishes(raw_broker, says, "5", STATES[:1]) == (True, [0x33])


def test_a_broker_that_would_acknowledge_nothing_is_refused(raw_broker: Make, misdeed: Make) -> None:
    says = [misdeed("qos 0", "CONNACK", _connack(QOS_0))]
    with pytest.raises(QosTooLow, match="QoS 0 alone"):
        _publishes(raw_broker, says, "5", STATES)


@pytest.mark.parametrize(("property", "name"), [(b"\x24\2", "MaximumQoS 2"), (b"\x25\7", "RetainAvailable 7")])
def test_what_is_neither_yes_nor_no_is_no_mqtt(property: bytes, name: str, raw_broker: Make, misdeed: Make) -> None:
    with pytest.raises(BadPacket, match=f"CONNACK with {name}, where it may be 0 or 1"):
        _publishes(raw_broker, [misdeed(name, "CONNACK", _connack(property))], "5", [])


def test_promise_privacy_what_waits_for_its_turn_is_asked_then_whether_it_may_go(raw_broker: Make) -> None:
    """A broker takes one at a time (receive maximum): the authorisation ends while an event waits for that."""
    ended = False

    async def main() -> list[int]:
        async with raw_broker("5", []) as broker, _link(broker.port) as link:
            link._send_quota = asyncio.Semaphore(1)
            nonlocal ended
            async with link._send_quota:
                waiting = asyncio.create_task(link.deliver(Message("e", b"{}"), lambda: ended))
                await asyncio.sleep(0)
                ended = True
            with pytest.raises(Withheld):
                await waiting
            with pytest.raises(Withheld):
                await link.deliver(Message("e", b"{}", qos=0), lambda: ended)
            return [head for head, _ in broker.said[0] if head >> 4 == 3]

    assert asyncio.run(main()) == []
