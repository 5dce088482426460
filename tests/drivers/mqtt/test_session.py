"""A session that outlives its connections: what it holds of what comes."""

import asyncio
import socket

import pytest

from drivers.mqtt.credentials import Credentials
from drivers.mqtt.options import BrokerOptions
from drivers.mqtt.packets import BadPacket
from drivers.mqtt.session import MOST_EARLY_BYTES, Session

SIZE = 64 * 1024


@pytest.mark.parametrize("asked", [False, True])
def test_what_comes_before_a_message_is_asked_for_is_bounded(asked: bool) -> None:
    """A broker of MQTT 3.1.1 hands over as many at once as it likes. Later the socket is read no more."""

    async def main() -> None:
        options = BrokerOptions(host="127.0.0.1", protocol="3.1.1")
        session = Session(
            options, Credentials(), identifier=None, session_s=0, max_packet_bytes=2 * SIZE, on_overflow=lambda: None
        )
        here, there = socket.socketpair()
        here.setblocking(False)
        session._client._sock = here
        session._begin(here)
        session._connected.set_result(None)
        count = MOST_EARLY_BYTES // SIZE
        body = b"\0\1t\0\1" + bytes(SIZE)
        length = bytes((len(body) & 0x7F | 0x80, len(body) >> 7 & 0x7F | 0x80, len(body) >> 14))
        there.setblocking(False)
        if asked:
            there.sendall(b"\x32\x05\0\1t\0\1")
            await session.receive(1.0)
        sending = asyncio.create_task(_send(there, (b"\x32" + length + body) * (count + 1)))
        await asyncio.wait({session._disconnected, sending}, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
        if asked:
            assert not session._disconnected.done() and len(session._arrived) < count
        else:
            assert isinstance(session.fault, BadPacket) and "before one of them was acknowledged" in str(session.fault)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        session._client._sock_close()
        there.close()

    asyncio.run(main())


async def _send(there: socket.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(there, data)
