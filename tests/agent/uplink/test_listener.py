"""What comes down on a connection, from a broker on a plain socket."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S

from agent.store import Store
from agent.uplink.commands import MAX_POLE_COMMAND_BYTES, BadCommand, Command, Heard
from agent.uplink.options import UplinkOptions
from agent.uplink.uplink import Uplink

Make = Callable[..., Any]
TOPIC = b"lamppost/town/p1/command"


def _publish(topic: bytes, payload: bytes, mid: int, properties: bytes | None, retain: bool = False) -> bytes:
    """Returns one of QoS 1. Args: properties: with their length; None: MQTT 3.1.1."""
    body = len(topic).to_bytes(2, "big") + topic + mid.to_bytes(2, "big") + (properties or b"") + payload
    length, rest = bytearray(), len(body)
    while True:
        rest, low = rest >> 7, rest & 0x7F
        length.append(low | (0x80 if rest else 0))
        if not rest:
            return bytes([0x32 | retain]) + bytes(length) + body


def _order(id: str) -> bytes:
    return json.dumps({"id": id, "device": "lamp-1", "action": "release"}).encode()


async def _heard(
    protocol: str, sends: bytes, until: int, raw_broker: Make, misdeed: Make, folder: Path
) -> tuple[list[Heard], set[int]]:
    """What becomes of what a broker sends, and which identifiers were acknowledged."""
    heard: list[Heard] = []

    async def take(arrival: Any) -> None:
        heard.append(arrival.heard)

    async with (
        raw_broker(protocol, [misdeed("more", "later", sends)]) as broker,
        Store(folder / "s.db", max_bytes=1 << 22, boot="b") as store,
    ):
        uplink = Uplink(
            UplinkOptions(host="127.0.0.1", port=broker.port, protocol=protocol), "town", "p1", store.position(), take
        )  # type: ignore[arg-type]
        running = asyncio.create_task(uplink.run())

        def acknowledged() -> set[int]:
            return {int.from_bytes(body[:2], "big") for said in broker.said for head, body in said if head == 0x40}

        try:
            async with asyncio.timeout(PATIENCE_S):
                while len(acknowledged()) < until:
                    await asyncio.sleep(0.005)
            return heard, acknowledged()
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


def _judge(heard: list[Heard], reason: str) -> None:
    refused, good = heard
    assert isinstance(refused, BadCommand) and (refused.id, refused.reason) == (None, reason)
    assert isinstance(good, Command) and good.id == "c-2"


def test_a_command_that_is_too_long_for_mqtt_3_is_refused_and_the_next_is_heard(
    raw_broker: Make, misdeed: Make, tmp_path: Path
) -> None:
    """One of 3 MB: it is acknowledged, or its broker would send it again in each connection."""
    sends = _publish(TOPIC, b"x" * 3_000_000, 7, None) + _publish(TOPIC, _order("c-2"), 8, None)
    heard, acknowledged = asyncio.run(_heard("3.1.1", sends, 2, raw_broker, misdeed, tmp_path))
    length, most = 3_000_000 + len(TOPIC) + 4, 4 * MAX_POLE_COMMAND_BYTES
    _judge(heard, f"a message of {length} bytes, which may have at most {most}")
    assert acknowledged == {7, 8}


def test_a_command_with_too_many_properties_is_refused_and_the_next_is_heard(
    raw_broker: Make, misdeed: Make, tmp_path: Path
) -> None:
    many = b"\x26\0\0\0\0" * 10_000
    length = bytes((len(many) & 0x7F | 0x80, len(many) >> 7 & 0x7F | 0x80, len(many) >> 14))
    sends = _publish(TOPIC, _order("c-1"), 7, length + many) + _publish(TOPIC, _order("c-2"), 8, b"\0")
    heard, acknowledged = asyncio.run(_heard("5", sends, 2, raw_broker, misdeed, tmp_path))
    _judge(heard, "more than 32 properties")
    assert acknowledged == {7, 8}


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize("qos", [0, 1])
def test_what_nobody_asked_for_is_told_once_in_a_connection_and_is_no_flood_of_commands(
    qos: int, protocol: str, raw_broker: Make, misdeed: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """More of it than may wait unread; what is acknowledged at last comes behind all of it."""
    none, topic = b"\0" if protocol == "5" else b"", b"lamppost/town/p1/old"
    begin = bytes((0x30 | qos << 1, len(topic) + 3 + 2 * qos + len(none))) + len(topic).to_bytes(2, "big") + topic
    flood = b"".join(begin + (n.to_bytes(2, "big") if qos else b"") + none + b"x" for n in range(1, 2000))
    sends = flood + _publish(TOPIC, _order("c-2"), 2000, none or None)
    heard, acknowledged = asyncio.run(_heard(protocol, sends, 2000 if qos else 1, raw_broker, misdeed, tmp_path))
    assert [type(each) for each in heard] == [Command] and 2000 in acknowledged
    assert "too fast" not in caplog.text
    assert caplog.text.count("something on 'lamppost/town/p1/old', which this pole does not listen to") == 1


def test_who_takes_a_retained_command_away_is_accused_of_nothing(
    raw_broker: Make, misdeed: Make, tmp_path: Path
) -> None:
    sends = _publish(TOPIC, b"", 7, b"\x00", retain=True) + _publish(TOPIC, _order("c-2"), 8, b"\x00")
    heard, acknowledged = asyncio.run(_heard("5", sends, 2, raw_broker, misdeed, tmp_path))
    assert [type(each) for each in heard] == [Command] and acknowledged == {7, 8}
