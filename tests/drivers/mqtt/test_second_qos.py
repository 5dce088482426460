import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from patience import PATIENCE_S

from drivers.mqtt.credentials import Credentials
from drivers.mqtt.options import BrokerOptions
from drivers.mqtt.session import Session
from drivers.mqtt.unasked import MOST_UNASKED

TOPIC = b"\0\1t"
MID = b"\0\7"


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_the_broker_keeps_a_message_of_qos_2_until_it_has_been_dealt_with(protocol: str) -> None:
    """It is handed on at once, PUBREC waits for whoever deals with it, and each PUBREL has its PUBCOMP."""

    async def main() -> None:
        async with _connected(protocol) as (session, there):
            properties = b"\0" if protocol == "5" else b""
            body = TOPIC + MID + properties + b"x"
            there.sendall(b"\x34" + bytes((len(body),)) + body)
            message = await session.receive(5)
            assert message is not None
            assert (message.payload, message.qos, message.mid, message.again) == (b"x", 2, 7, False)
            assert await _said(there) == b""
            session.acknowledge(message)
            assert await _heard(there, 4) == b"\x50\2" + MID
            for _again in range(2):
                there.sendall(b"\x62\2" + MID)
                assert await _heard(there, 4) == b"\x70\2" + MID
                assert await session.receive(0.0) is None, "it was handed on already"

    asyncio.run(main())


@pytest.mark.parametrize("head, acknowledged", [(0x32, b"\x40\2" + MID), (0x3C, b"\x50\2" + MID), (0x30, b"")])
def test_each_message_is_acknowledged_by_the_qos_it_came_with(head: int, acknowledged: bytes) -> None:
    """They may be read in any order: QoS 1, QoS 2 that comes again, QoS 0."""

    async def main() -> None:
        async with _connected("3.1.1") as (session, there):
            for each, mid in ((0x34, b"\0\1"), (head, MID), (0x34, b"\0\2")):
                body = TOPIC + (mid if each & 6 else b"") + b"x"
                there.sendall(bytes((each, len(body))) + body)
            came = [await session.receive(5) for _ in range(3)]
            assert [each.qos for each in came if each] == [2, head >> 1 & 3, 2]
            assert came[1] is not None and came[1].again is bool(head & 8)
            session.acknowledge(came[1])
            assert (await _heard(there, 4) if acknowledged else await _said(there)) == acknowledged

    asyncio.run(main())


@pytest.mark.parametrize("handed_over", [1, 400])
def test_a_connection_outlives_any_number_of_messages_of_qos_2(handed_over: int) -> None:
    """Each PUBREL answers the PUBREC of a message that was dealt with. A broker of MQTT 3.1.1 may hand over many before
    the first of them is."""

    async def main() -> None:
        async with _connected("3.1.1") as (session, there):
            mids = [mid.to_bytes(2, "big") for mid in range(1, handed_over + 1)]
            for _round in range(3 * MOST_UNASKED // 2 // handed_over):
                await _say(there, b"".join(bytes((0x34, len(TOPIC) + 3)) + TOPIC + mid + b"x" for mid in mids))
                for _message in mids:
                    message = await session.receive(5)
                    assert message is not None
                    session.acknowledge(message)
                assert await _heard(there, 4 * handed_over) == b"".join(b"\x50\2" + mid for mid in mids)
                await _say(there, b"".join(b"\x62\2" + mid for mid in mids))
                assert await _heard(there, 4 * handed_over) == b"".join(b"\x70\2" + mid for mid in mids)

    asyncio.run(main())


async def _say(there: socket.socket, packets: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(there, packets)


async def _heard(there: socket.socket, count: int) -> bytes:
    """Returns the first `count` bytes that the session tells the broker, or fewer if it ends before."""
    heard = b""
    async with asyncio.timeout(PATIENCE_S):
        while len(heard) < count and (piece := await asyncio.get_running_loop().sock_recv(there, count - len(heard))):
            heard += piece
    return heard


@asynccontextmanager
async def _connected(protocol: str) -> AsyncIterator[tuple[Session, socket.socket]]:
    """A session that its broker has let in, and the broker's end of the cable."""
    options = BrokerOptions(host="127.0.0.1", protocol=protocol)  # type: ignore[arg-type]
    who = Credentials(None, None)
    session = Session(options, who, identifier="p1", session_s=60, max_packet_bytes=1000, on_overflow=lambda _: None)
    here, there = socket.socketpair()
    here.setblocking(False)
    there.setblocking(False)
    session._client._sock = here
    session._begin(here)
    session._connected.set_result(None)
    try:
        yield session, there
    finally:
        session._client._sock_close()
        there.close()
        await asyncio.sleep(0)


async def _said(there: socket.socket) -> bytes:
    """What the session has told the broker since the last time."""
    for _turn in range(5):
        await asyncio.sleep(0)
    try:
        return there.recv(100)
    except BlockingIOError:
        return b""
