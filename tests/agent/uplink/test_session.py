"""What the session makes of a broker's refusals, and that nothing holds up the end of the process."""

import asyncio
import contextlib
import itertools
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S
from stored import said

from agent.clock import Moment
from agent.events import Event
from agent.isolation import Isolation
from agent.store import Store
from agent.uplink.dialects import Topics
from agent.uplink.dialects.cloudevents import CloudEvents
from agent.uplink.options import UplinkOptions
from agent.uplink.session import Timings
from agent.uplink.uplink import Uplink
from drivers.mqtt.backoff import broker_backoff
from drivers.mqtt.errors import CredentialsError
from drivers.mqtt.options import TlsOptions
from drivers.options import Seconds


async def _ignore(_: Any) -> None: ...


def test_network_without_tls_is_refused_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        store = Store(tmp_path / "s.db", max_bytes=1 << 20, boot="b")
        with pytest.raises(CredentialsError, match="plaintext is refused"):
            Uplink(UplinkOptions(host="broker.example"), "rouen", "p1", store.position(), _ignore)

    asyncio.run(main())


def test_when_it_is_tried_again_is_known(tmp_path: Path) -> None:
    options = UplinkOptions(host="127.0.0.1", port=1)
    waits: list[float | None] = []

    async def main() -> None:
        paused, go_on = asyncio.Event(), asyncio.Event()

        async def sleep(pause_s: float) -> None:
            waits.append(pause_s)
            paused.set()
            await go_on.wait()

        async with Store(tmp_path / "s.db", max_bytes=1 << 20, boot="b") as store:
            uplink = Uplink(
                options,
                "rouen",
                "p1",
                store.position(),
                _ignore,
                backoff=broker_backoff(first_s=8.0, draw=lambda: 1.0),
                sleep=sleep,
                now_s=lambda: 5.0,
            )
            assert uplink.status.next_attempt_s is None
            running = asyncio.create_task(uplink.run())
            await asyncio.wait_for(paused.wait(), PATIENCE_S)
            assert uplink.status.next_attempt_s == waits[0] == 8.0
            running.cancel()
            await asyncio.wait([running])

    asyncio.run(main())


@pytest.mark.parametrize(("spread_s", "first_s"), [(1, None), (600, 300.0)])
def test_a_large_fleet_does_not_come_up_at_once(spread_s: float, first_s: float | None, tmp_path: Path) -> None:
    """The power of a quarter comes back at one moment."""
    pauses: list[tuple[float, bool]] = []

    async def main() -> None:
        failed = asyncio.Event()

        async def sleep(pause_s: float) -> None:
            pauses.append((pause_s, uplink.status.ended is None))
            if uplink.status.ended is not None:
                failed.set()
                await asyncio.Event().wait()

        options = UplinkOptions(host="127.0.0.1", port=1, reconnect_spread_s=Seconds(spread_s))
        async with Store(tmp_path / "s.db", max_bytes=1 << 20, boot="b") as store:
            backoff = broker_backoff(spread_s=options.reconnect_spread_s, draw=lambda: 0.5)
            uplink = Uplink(options, "rouen", "p1", store.position(), _ignore, backoff=backoff, sleep=sleep)
            running = asyncio.create_task(uplink.run())
            await asyncio.wait_for(failed.wait(), PATIENCE_S)
            running.cancel()
            await asyncio.wait([running])

    asyncio.run(main())
    assert [pause_s for pause_s, before in pauses if before] == ([] if first_s is None else [first_s])


def test_an_end_that_comes_together_with_that_of_the_connection_is_one(raw_broker: Any, tmp_path: Path) -> None:
    async def main() -> None:
        def details() -> dict[str, Any]:
            running.cancel()
            raise OSError("gone at the same moment")

        async with raw_broker("5") as broker, Store(tmp_path / "s.db", max_bytes=1 << 20, boot="b") as store:
            options = UplinkOptions(host="127.0.0.1", port=broker.port)
            running = asyncio.create_task(
                Uplink(options, "rouen", "p1", store.position(), _ignore, details=details).run()
            )
            done, _ = await asyncio.wait([running], timeout=PATIENCE_S)
            assert done and running.cancelled()
            assert len(broker.said) == 1

    asyncio.run(main())


def test_a_network_that_swallows_the_connection_is_told_as_such(full_backlog: int, tmp_path: Path) -> None:
    async def main() -> None:
        paused = asyncio.Event()

        async def sleep(_: float) -> None:
            paused.set()
            await asyncio.Event().wait()

        async with Store(tmp_path / "s.db", max_bytes=1 << 20, boot="b") as store:
            options, timings = UplinkOptions(host="127.0.0.1", port=full_backlog), Timings(answer_s=0.2)
            uplink = Uplink(options, "rouen", "p1", store.position(), _ignore, timings=timings, sleep=sleep)
            running = asyncio.create_task(uplink.run())
            await asyncio.wait_for(paused.wait(), PATIENCE_S)
            assert uplink.status.trouble.name == "unreachable"
            running.cancel()
            await asyncio.wait([running])

    asyncio.run(main())


async def _broker_that_refuses_subscriptions(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """MQTT 3.1.1: CONNACK, SUBACK with failure (0x80), PUBACK."""
    while head := await reader.read(1):
        length = (await reader.readexactly(1))[0]
        if length & 0x80:
            length = (length & 0x7F) + 128 * (await reader.readexactly(1))[0]
        body = await reader.readexactly(length)
        match head[0] >> 4:
            case 1:
                writer.write(b"\x20\x02\x00\x00")
            case 8:
                writer.write(b"\x90\x03" + body[:2] + b"\x80")
            case 3 if head[0] & 0x06:
                topic_length = int.from_bytes(body[:2], "big")
                writer.write(b"\x40\x02" + body[2 + topic_length : 4 + topic_length])
    writer.close()


def test_refused_subscription_is_told_and_the_session_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        server = await asyncio.start_server(_broker_that_refuses_subscriptions, "127.0.0.1", 0)
        options = UplinkOptions(host="127.0.0.1", port=server.sockets[0].getsockname()[1], protocol="3.1.1")
        async with Store(tmp_path / "s.db", max_bytes=1 << 20, boot="b") as store:
            uplink = Uplink(options, "rouen", "p1", store.position(), _ignore)
            running = asyncio.create_task(uplink.run())
            async with asyncio.timeout(PATIENCE_S):
                while not (uplink.status.connected and uplink.status.trouble):
                    await asyncio.sleep(0.01)
            assert "subscription to lamppost/rouen/p1/command" in uplink.status.trouble.words
            running.cancel()
            await asyncio.wait([running])
            assert not uplink.status.connected
        server.close()
        await server.wait_closed()

    asyncio.run(main())


def _said(text: bytes) -> bytes:
    """Properties with a reason string."""
    return bytes((3 + len(text), 0x1F)) + len(text).to_bytes(2, "big") + text


@pytest.mark.parametrize(
    ("when", "sends", "name", "words"),
    [
        ("CONNACK", b"\x20\3\0\x97\0", "quota_exceeded", "quota exceeded (0x97)"),
        ("CONNACK", b"\x20\2\0\1", "connection_refused", 'protocol = "3.1.1"'),
        ("CONNACK", b"\xe0\1\x89", "broker_busy", "server busy (0x89)"),
        ("SUBACK", b"\xe0\2\x8e\0", "session_taken_over", "is there a second pole"),
        ("PUBACK", b"\xe0\1\x98", "disconnected", "administrative action (0x98)"),
        ("later", b"\xe0\2\x8e\0", "session_taken_over", "session taken over (0x8E)"),
        ("later", b"\xe0\x0f\x97" + _said(b"50 a day\nx"), "quota_exceeded", "quota exceeded (0x97), 50 a day x"),
        ("later", b"\xe0\0", "disconnected", "normal disconnection (0x00)"),
    ],
)
def test_why_a_broker_ends_it_is_told_at_any_time(
    when: str, sends: bytes, name: str, words: str, raw_broker: Any, misdeed: Any, tmp_path: Path, caplog: Any
) -> None:
    async def main() -> None:
        paused = asyncio.Event()

        async def sleep(_: float) -> None:
            paused.set()
            await asyncio.Event().wait()

        ends = [misdeed("ends it", when, sends, ends=True)]
        async with raw_broker("5", ends) as broker, Store(tmp_path / "s.db", max_bytes=1 << 20, boot="b") as store:
            options = UplinkOptions(host="127.0.0.1", port=broker.port)
            uplink = Uplink(options, "rouen", "p1", store.position(), _ignore, sleep=sleep)
            running = asyncio.create_task(uplink.run())
            await asyncio.wait_for(paused.wait(), PATIENCE_S)
            assert uplink.status.trouble.name == uplink.status.ended.name == name
            assert words in uplink.status.trouble.words
            running.cancel()
            await asyncio.wait([running])

    asyncio.run(main())
    assert [each for each in caplog.messages if "is down" in each and words in each]


@pytest.mark.parametrize(
    ("code", "words"), [(0x87, "access list"), (0x97, "ask its operator"), (0x8F, "[uplink.topics]")]
)
def test_why_no_commands_will_come_is_told(
    code: int, words: str, raw_broker: Any, misdeed: Any, tmp_path: Path, caplog: Any
) -> None:
    async def main() -> None:
        refusal = [misdeed("refuses", "SUBACK", b"\x90\4\0\1\0" + bytes((code,)))]
        async with raw_broker("5", refusal) as broker, Store(tmp_path / "s.db", max_bytes=1 << 20, boot="b") as store:
            uplink = Uplink(UplinkOptions(host="127.0.0.1", port=broker.port), "rouen", "p1", store.position(), _ignore)
            running = asyncio.create_task(uplink.run())
            async with asyncio.timeout(PATIENCE_S):
                while not (uplink.status.connected and uplink.status.trouble):
                    await asyncio.sleep(0.01)
            trouble = uplink.status.trouble
            assert trouble.name == "access_refused" and "no commands will come" in trouble.words
            assert f"(0x{code:02X})" in trouble.words and words in trouble.words
            running.cancel()
            await asyncio.wait([running])

    asyncio.run(main())
    assert "no commands will come" in caplog.text


class _Bounded:
    """A broker of MQTT 5 that lets so many be on their way, and ends the connection at one more (0x93)."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.most_on_way = self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):  # the pole has left
            await self._hear(reader, writer)
        writer.close()

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        on_way: list[bytes] = []

        def acknowledge() -> None:
            writer.write(b"\x40\2" + on_way.pop(0))

        while head := await reader.read(1):
            length = (await reader.readexactly(1))[0]
            if length & 0x80:
                length = (length & 0x7F) + 128 * (await reader.readexactly(1))[0]
            body = await reader.readexactly(length)
            match head[0] >> 4:
                case 1:
                    writer.write(b"\x20\6\0\0\3\x21" + self._most.to_bytes(2, "big"))
                case 8:
                    writer.write(b"\x90\4" + body[:2] + b"\0\1")
                case 3 if head[0] & 0x06:
                    end = 2 + int.from_bytes(body[:2], "big")
                    on_way.append(body[end : end + 2])
                    self.most_on_way = max(self.most_on_way, len(on_way))
                    if len(on_way) > self._most:
                        writer.write(b"\xe0\1\x93")
                        return
                    asyncio.get_running_loop().call_later(0.01, acknowledge)


@pytest.mark.parametrize("most", [1, 10])
def test_the_receive_maximum_of_a_broker_is_kept_to(most: int, tmp_path: Path) -> None:
    """Events, states, status and inventory keep to it together, as many as there are at one time."""

    async def main() -> None:
        broker = _Bounded(most)
        server = await asyncio.start_server(broker.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        options = UplinkOptions(host="127.0.0.1", port=port, replay_per_second=10_000, in_flight=100)
        states = {f"lamp-{n}": TlsOptions() for n in range(30)}
        async with Store(tmp_path / "s.db", max_bytes=1 << 22, boot="b") as store:
            at = Moment(0, 0, "b", True)
            await store.commit([Event(type="bay.freed", subject=f"b{n}", at=at, data=said()) for n in range(60)], {})
            timings = Timings(states_s=0.01)
            uplink = Uplink(options, "rouen", "p1", store.position(), _ignore, states=lambda: states, timings=timings)
            running = asyncio.create_task(uplink.run())
            async with asyncio.timeout(PATIENCE_S):
                while uplink.status.sent < 60:
                    uplink.tell_details()
                    await asyncio.sleep(0.005)
            assert (broker.connections, broker.most_on_way, uplink.status.ended) == (1, most, None)
            running.cancel()
            await asyncio.wait([running])
        server.close()

    asyncio.run(main())


class _OneAtATime(CloudEvents):
    one_at_a_time = True


@pytest.mark.parametrize("dialect", [CloudEvents, _OneAtATime])
def test_a_dialect_with_an_order_of_its_own_has_one_event_on_its_way(dialect: type, tmp_path: Path) -> None:
    on_way: list[int] = [0]

    async def acknowledge_later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def acknowledge(mid: bytes, of_event: bool) -> None:
            on_way.append(on_way[-1] - of_event)
            writer.write(b"\x40\x02" + mid)

        while head := await reader.read(1):
            length = (await reader.readexactly(1))[0]
            if length & 0x80:
                length = (length & 0x7F) + 128 * (await reader.readexactly(1))[0]
            body = await reader.readexactly(length)
            match head[0] >> 4:
                case 1:
                    writer.write(b"\x20\x02\x00\x00")
                case 8:
                    writer.write(b"\x90\x03" + body[:2] + b"\x01")
                case 3 if head[0] & 0x06:
                    end = 2 + int.from_bytes(body[:2], "big")
                    of_event = b"/event/" in body[2:end]
                    on_way.append(on_way[-1] + of_event)
                    asyncio.get_running_loop().call_later(0.02, acknowledge, body[end : end + 2], of_event)
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(acknowledge_later, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        options = UplinkOptions(host="127.0.0.1", port=port, protocol="3.1.1", replay_per_second=1000)
        async with Store(tmp_path / "s.db", max_bytes=1 << 22, boot="b") as store:
            at = Moment(0, 0, "b", True)
            events = [Event(type="bay.freed", subject=f"b{n}", at=at, data=said()) for n in range(5)]
            await store.commit(events, {})
            uplink = Uplink(options, "rouen", "p1", store.position(), _ignore, speaks=dialect)
            running = asyncio.create_task(uplink.run())
            async with asyncio.timeout(PATIENCE_S):
                while uplink.status.sent < len(events):
                    await asyncio.sleep(0.005)
            running.cancel()
            await asyncio.wait([running])
        server.close()
        await server.wait_closed()

    asyncio.run(main())
    assert (max(on_way) == 1) is (dialect is _OneAtATime)


def _unmakeable(topics: Topics) -> CloudEvents:
    raise KeyError("client id")


class _Nameless(CloudEvents):
    def __getattribute__(self, name: str) -> Any:
        if name == "client_id":
            raise KeyError(name)
        return super().__getattribute__(name)


@pytest.mark.parametrize("speaks", [_unmakeable, _Nameless])
def test_a_dialect_that_cannot_be_made_or_named_is_a_defect_of_the_uplink_alone(speaks: Any, tmp_path: Path) -> None:
    async def main() -> None:
        pauses: list[float] = []

        async def pause(seconds: float) -> None:
            pauses.append(seconds)
            await asyncio.sleep(0)

        mono_s = itertools.count(0.0, 100.0)
        isolation = Isolation("p1", sleep=pause, now_s=lambda: next(mono_s))
        async with Store(tmp_path / "s.db", max_bytes=1 << 22, boot="b") as store:
            uplink = Uplink(
                UplinkOptions(host="127.0.0.1", port=1), "rouen", "p1", store.position(), _ignore, speaks=speaks
            )
            running = asyncio.create_task(isolation.part("uplink").run(uplink.run))
            async with asyncio.timeout(PATIENCE_S):
                while isolation.part("uplink").count < 3:
                    await asyncio.sleep(0.005)
            uplink.reconfigure(UplinkOptions(host="127.0.0.1", port=2))
            await store.commit([Event(type="bay.freed", subject="b", at=Moment(0, 0, "b", True), data=said())], {})
            assert (isolation.names, store.depth(), running.done()) == (["uplink"], 1, False)
            running.cancel()
            await asyncio.wait([running])

    asyncio.run(main())


_LEAVES_WHILE_CONNECTING = """
import asyncio, sys
from agent.store import Store
from agent.uplink.options import UplinkOptions
from drivers.mqtt.options import TlsOptions
from agent.uplink.session import Timings
from agent.uplink.uplink import Uplink

async def ignore(command): ...

async def main():
    options = UplinkOptions(host="127.0.0.1", port=int(sys.argv[2]), tls=TlsOptions())
    async with Store(sys.argv[1], max_bytes=1 << 20, boot="b") as store:
        uplink = Uplink(options, "s", "p", store.position(), ignore, timings=Timings(answer_s=600))
        running = asyncio.create_task(uplink.run())
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        running.cancel()
        await asyncio.wait([running])

asyncio.run(main())
"""


def test_end_of_the_process_does_not_wait_for_a_broker_that_is_silent(tmp_path: Path) -> None:
    """The handshake blocks its thread for ten minutes; the process is gone before."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        arguments = [sys.executable, "-c", _LEAVES_WHILE_CONNECTING, str(tmp_path / "s.db"), port]
        with subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as leaving:
            server.settimeout(PATIENCE_S)
            connection, _ = server.accept()
            _, told = leaving.communicate(b"go\n", timeout=PATIENCE_S)
            connection.close()
        assert (leaving.returncode, told) == (0, b"")
