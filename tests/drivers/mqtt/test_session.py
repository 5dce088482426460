"""What a session holds of a flood, and how the message behind it is heard."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiomqtt import MqttError
from paho.mqtt.enums import MQTTErrorCode
from patience import PATIENCE_S

from drivers.mqtt.client import MqttClient
from drivers.mqtt.credentials import Credentials
from drivers.mqtt.flood_gate import BURST
from drivers.mqtt.message import Asked
from drivers.mqtt.options import BrokerOptions
from drivers.mqtt.session import IN_FLIGHT, MOST_EARLY_BYTES, MOST_WAITING_BYTES, Session

V5, V311 = "5", "3.1.1"
MOST_BYTES = 100_000


class Wired:
    """A session that its broker has let in, and the broker's end of the cable."""

    def __init__(self, session: Session, there: socket.socket, overflows: list[bytes]) -> None:
        self.session, self.there, self._overflows = session, there, overflows

    @property
    def overflows(self) -> int:
        """Messages that were left out, each of them told by its topic."""
        assert set(self._overflows) <= {b"t"}
        return len(self._overflows)

    async def send(self, stream: bytes) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.get_running_loop().sock_sendall(self.there, stream)


@asynccontextmanager
async def _wired(protocol: str, max_waiting: int = 1000) -> AsyncIterator[Wired]:
    here, there = socket.socketpair()
    here.setblocking(False)
    there.setblocking(False)
    overflows: list[bytes] = []
    session = Session(
        BrokerOptions(host="127.0.0.1", protocol=protocol),  # type: ignore[arg-type]
        Credentials(),
        identifier="p1",
        session_s=60,
        max_packet_bytes=MOST_BYTES,
        max_waiting=max_waiting,
        on_overflow=overflows.append,
    )
    wired = Wired(session, there, overflows)
    session._client._sock = here
    session._begin(here)
    session._connected.set_result(None)
    session._disconnected.add_done_callback(lambda _: session._news.set())  # as where it is entered
    try:
        yield wired
    finally:
        session._client._sock_close()
        there.close()
        await asyncio.sleep(0)


def _packet(head: int, body: bytes) -> bytes:
    length, rest = bytearray(), len(body)
    while True:
        rest, low = rest >> 7, rest & 0x7F
        length.append(low | (0x80 if rest else 0))
        if not rest:
            return bytes((head,)) + bytes(length) + body


def _publish(protocol: str, qos: int, payload: bytes, mid: int = 7, properties: bytes = b"") -> bytes:
    told = b"" if protocol == V311 else _varied(len(properties)) + properties
    return _packet(0x30 | qos << 1, b"\0\1t" + (mid.to_bytes(2, "big") if qos else b"") + told + payload)


def _varied(length: int) -> bytes:
    return bytes((length,)) if length < 128 else bytes((length & 0x7F | 0x80, length >> 7))


@pytest.mark.parametrize("protocol", [V5, V311])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_of_long_messages_no_more_wait_than_so_many_bytes(protocol: str, qos: int) -> None:
    """Reading stops, whatever the QoS, and goes on when they are dealt with: not one is lost."""

    async def main() -> None:
        async with _wired(protocol) as wired:
            reading = asyncio.create_task(wired.session.receive(5))
            await asyncio.sleep(0)
            flood = b"".join(_publish(protocol, qos, b"%04d" % n + b"x" * 50_000, n + 1) for n in range(60))
            sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(wired.there, flood))
            found = [await reading]
            await asyncio.sleep(0.2)
            assert wired.session._arrived_bytes <= MOST_WAITING_BYTES + 60_000
            while len(found) < 60:
                found.append(await wired.session.receive(5))
            await sending
            assert [each and each.payload[:4] for each in found] == [b"%04d" % n for n in range(60)]
            assert wired.overflows == 0

    asyncio.run(main())


@pytest.mark.parametrize("protocol", [V5, V311])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_before_the_first_is_asked_for_the_rest_of_a_flood_is_left_out_and_counted(protocol: str, qos: int) -> None:
    """Answers to what we say are waited for: reading cannot stop. What is not acknowledged the broker sends again."""

    async def main() -> None:
        async with _wired(protocol) as wired:
            await wired.send(b"".join(_publish(protocol, qos, b"x" * 50_000, n + 1) for n in range(80)))
            async with asyncio.timeout(PATIENCE_S):
                while wired.overflows + len(wired.session._arrived) < 80:
                    await asyncio.sleep(0.001)
            assert wired.session._arrived_bytes <= MOST_EARLY_BYTES + 60_000
            assert wired.overflows > 30
            with suppress(BlockingIOError):
                assert wired.there.recv(100) == b"", "what is left out must not be acknowledged"

    asyncio.run(main())


@pytest.mark.parametrize("protocol", [V5, V311])
@pytest.mark.parametrize("qos", [1, 2])
def test_of_a_broker_that_keeps_to_what_is_in_flight_nothing_is_left_out(protocol: str, qos: int) -> None:
    """The largest messages that are read, before the first is asked for."""

    async def main() -> None:
        async with _wired(protocol) as wired:
            largest = b"x" * 64 * 1024
            await wired.send(b"".join(_publish(protocol, qos, largest, n + 1) for n in range(IN_FLIGHT)))
            async with asyncio.timeout(PATIENCE_S):
                while wired.overflows + len(wired.session._arrived) < IN_FLIGHT:
                    await asyncio.sleep(0.001)
            found = [await wired.session.receive(5) for _ in range(IN_FLIGHT)]
            assert [each and (each.mid, len(each.payload)) for each in found] == [
                (n + 1, len(largest)) for n in range(IN_FLIGHT)
            ]

    asyncio.run(main())


@pytest.mark.parametrize("qos, said", [(1, b"\x40\2\0\7"), (2, b"\x50\2\0\7")])
def test_a_message_that_is_too_long_for_mqtt_3_is_heard_of_and_what_follows_is_read(qos: int, said: bytes) -> None:
    async def main() -> None:
        async with _wired(V311) as wired:
            await wired.send(_publish(V311, qos, b"x" * (MOST_BYTES + 1)) + _publish(V311, 1, b"next", 8))
            long, following = await wired.session.receive(5), await wired.session.receive(5)
            assert long is not None and following is not None
            assert (long.payload, long.mid) == (b"", 7)
            assert long.left_out == f"a message of {MOST_BYTES + 6} bytes, which may have at most {MOST_BYTES}"
            assert (following.payload, following.left_out) == (b"next", None)
            wired.session.acknowledge(long)
            await asyncio.sleep(0.01)
            assert wired.there.recv(100) == said

    asyncio.run(main())


@pytest.mark.parametrize("qos", [1, 2])
def test_a_message_with_too_many_properties_is_heard_of_and_what_follows_is_read(qos: int) -> None:
    async def main() -> None:
        async with _wired(V5) as wired:
            long = _publish(V5, qos, b"x", properties=b"\x26\0\0\0\0" * 33)
            await wired.send(long + _publish(V5, qos, b"next", 8))
            first, following = await wired.session.receive(5), await wired.session.receive(5)
            assert first is not None and following is not None
            assert (first.payload, first.asked, first.left_out) == (b"", Asked(), "more than 32 properties")
            assert (first.qos, following.payload, following.left_out) == (qos, b"next", None)

    asyncio.run(main())


def test_other_work_is_done_between_two_messages_that_wait() -> None:
    async def main() -> None:
        async with _wired(V311) as wired:
            await wired.send(b"".join(_publish(V311, 0, b"x") for _ in range(20)))
            await asyncio.sleep(0.01)
            turns = 0

            async def count() -> None:
                nonlocal turns
                while True:
                    turns += 1
                    await asyncio.sleep(0)

            other = asyncio.create_task(count())
            for _ in range(20):
                assert await wired.session.receive(5) is not None
            other.cancel()
            assert turns >= 19

    asyncio.run(main())


@pytest.mark.parametrize(("qos", "said"), [(0, b""), (1, b"\x40\2\0\7"), (2, b"\x50\2\0\7")])
def test_a_receipt_acknowledges_a_message_and_holds_nothing_of_it(qos: int, said: bytes) -> None:
    async def main() -> None:
        async with _wired(V5) as wired:
            await wired.send(_publish(V5, qos, b"x" * 100))
            message = await wired.session.receive(5)
            assert message is not None and wired.session._arrived_bytes == 0
            receipt: Any = wired.session.receipt(message)
            assert message not in receipt.args and message.payload not in receipt.args
            receipt()
            await wired.send(_publish(V5, 0, b"next"))
            await wired.session.receive(5)
            with suppress(BlockingIOError):
                assert wired.there.recv(100) == said

    asyncio.run(main())


@pytest.mark.parametrize("protocol", [V5, V311])
def test_of_a_flood_what_is_beyond_the_rate_is_left_unread_before_it_is_parsed(
    protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    beyond, parsed = 500, []
    original, end = MqttClient._judge, b"\0" if protocol == V5 else b""

    def judge(self: MqttClient) -> MQTTErrorCode:
        parsed.append(None)
        return original(self)

    async def main() -> None:
        async with _wired(protocol, max_waiting=10_000) as wired:
            gate = wired.session._flood_gate
            monkeypatch.setattr(gate, "_now_s", lambda: gate._at_s)
            await wired.send((b"\x30" + bytes((3 + len(end),)) + b"\0\1t" + end) * (int(BURST) + beyond))
            async with asyncio.timeout(PATIENCE_S):
                while wired.overflows < beyond:
                    await asyncio.sleep(0)
            assert len(parsed) == BURST

    monkeypatch.setattr(MqttClient, "_judge", judge)
    asyncio.run(main())


@pytest.mark.parametrize("protocol", [V5, V311])
@pytest.mark.parametrize(("qos", "said"), [(1, b"\x40\x02\0"), (2, b"\x50\x02\0")])
def test_of_a_flood_with_acknowledgements_what_is_let_by_is_acknowledged_unread_and_counted(
    protocol: str, qos: int, said: bytes
) -> None:
    async def main() -> None:
        async with _wired(protocol) as wired:
            wired.session.lets_by = lambda topic, packet: topic == b"t" and b"flood" in packet
            reading = asyncio.create_task(wired.session.receive(5))
            await asyncio.sleep(0)
            flood = b"".join(_publish(protocol, qos, b"flood", n + 1) for n in range(100))
            await wired.send(flood + _publish(protocol, qos, b"good", 200))
            received = await reading
            assert received is not None and received.payload == b"good"
            assert wired.overflows == 100
            wired.session.acknowledge(received)
            heard = b""
            async with asyncio.timeout(PATIENCE_S):
                while len(heard) < 101 * 4:
                    heard += await asyncio.get_running_loop().sock_recv(wired.there, 4096)
            told = {heard[at : at + 4] for at in range(0, len(heard), 4)}
            assert told == {said + bytes((n,)) for n in (*range(1, 101), 200)}

    asyncio.run(main())


@pytest.mark.parametrize("body", [b"", b"\0", b"\0\1t", b"\0\1t\0", b"\0\1t\0\0x", b"\xff\xfft\0\1x"])
def test_what_is_let_by_is_a_packet_with_an_identifier_and_any_other_is_judged(body: bytes) -> None:
    async def main() -> None:
        async with _wired(V311) as wired:
            wired.session.lets_by = lambda _topic, _packet: True
            reading = asyncio.create_task(wired.session.receive(5))
            await asyncio.sleep(0)
            await wired.send(_packet(0x32, body))
            with pytest.raises(MqttError, match="not MQTT"):
                await reading
            assert wired.overflows == 0

    asyncio.run(main())
