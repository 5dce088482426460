"""How long a network waits before its broker is tried again, and what it does with a flood."""

import asyncio
import itertools
import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from patience import PATIENCE_S

from drivers.base import Reading
from drivers.errors import AccessRefused, LineError
from drivers.lorawan import Network, NetworkOptions
from drivers.lorawan.replay import MOST_HELD, STALL_S
from drivers.lorawan.uplink import UplinkFrame
from drivers.mqtt.credentials import Credentials
from drivers.mqtt.message import Received
from drivers.mqtt.options import BrokerOptions
from drivers.mqtt.session import Session

CONNACK, NOT_AUTHORISED, SUBACK_FAILURE = b"\x20\x02\0\0", b"\x20\x02\0\5", b"\x80"


async def _ignore(_: Reading) -> None: ...


def test_the_pauses_are_those_of_every_connection_to_a_broker() -> None:
    """Drawn from the whole range below a minute, and forgiven by five minutes of connection."""
    backoff = Network("town", NetworkOptions(host="127.0.0.1")).backoff
    pauses = [backoff.pause_s(299.0) for _ in range(300)]
    assert pauses[0] <= 1 and 30 < max(pauses) <= 60 and min(pauses[6:]) < 30
    assert backoff.pause_s(300.0) <= 1


@pytest.mark.parametrize("refuses", ["login", "subscription"])
def test_a_broker_that_refuses_login_or_subscription_refuses_access(refuses: str) -> None:
    """The network therefore waits long from the first time on."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(NOT_AUTHORISED if refuses == "login" else CONNACK)
        if asked := await reader.read(1024):
            writer.write(b"\x90\3" + asked[2:4] + SUBACK_FAILURE)
        await reader.read()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        network = Network("town", NetworkOptions(host="127.0.0.1", port=port, protocol="3.1.1"))
        network.add(Sensor())
        with pytest.raises(AccessRefused):
            await network.run(_ignore)
        server.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("when", "sends", "kind", "words"),
    [
        ("CONNACK", b"\x20\3\0\x8a\0", AccessRefused, "banned (0x8A)"),
        ("CONNACK", b"\x20\2\0\1", LineError, 'protocol = "3.1.1"'),
        ("SUBACK", b"\x90\4\0\1\0\x97", AccessRefused, "quota exceeded (0x97)"),
        ("SUBACK", b"\x90\4\0\1\0\x87", AccessRefused, "give this user the right to read it"),
        ("SUBACK", b"\xe0\1\x8e", AccessRefused, "session taken over (0x8E)"),
        ("later", b"\xe0\1\x8e", AccessRefused, "session taken over (0x8E)"),
        ("later", b"\xe0\1\x8b", LineError, "server shutting down (0x8B)"),
    ],
)
def test_why_its_broker_ends_it_is_told_at_any_time(
    when: str, sends: bytes, kind: type[LineError], words: str, raw_broker: Any, misdeed: Any
) -> None:
    async def main() -> None:
        async with raw_broker("5", [misdeed("ends it", when, sends, ends=True)]) as broker:
            network = Network("town", NetworkOptions(host="127.0.0.1", port=broker.port))
            network.add(Sensor())
            async with asyncio.timeout(PATIENCE_S):
                with pytest.raises(LineError) as ended:
                    await network.run(_ignore)
        assert type(ended.value) is kind and words in ended.value.words and network.failure is ended.value

    asyncio.run(main())


def test_a_broker_that_does_not_know_mqtt_5_is_spoken_to_in_the_older_one(raw_broker: Any, misdeed: Any) -> None:
    async def main() -> None:
        refusals = [misdeed("unknown", "CONNACK", b"\x20\2\0\1", ends=True)]
        async with raw_broker("3.1.1", refusals) as broker:
            network = Network("town", NetworkOptions(host="127.0.0.1", port=broker.port, protocol="auto"))
            reached = asyncio.Event()

            async def emit(reading: Reading) -> None:
                reached.set()

            with pytest.raises(LineError, match="unsupported protocol version"):
                await network.run(emit)
            running = asyncio.create_task(network.run(emit))
            await asyncio.wait_for(reached.wait(), PATIENCE_S)
            running.cancel()
            await asyncio.wait([running])
        assert [said[0][1][6] for said in broker.said] == [5, 4], "the protocol level in CONNECT"

    asyncio.run(main())


class Flood:
    """A session of MQTT 3.1.1 in which a frame comes that nothing can date, and then no frame any more."""

    def __init__(self) -> None:
        self.came = self.acknowledged = self.most = 0

    async def receive(self, _: float | None) -> Received:
        self.came += 1
        self.most = max(self.most, self.came - self.acknowledged)
        if self.came > MOST_HELD + 10:
            raise TimeoutError
        device = {"devEui": "70b3d5a1c0de0001"}
        up = {"deviceInfo": device, "fPort": 1, "fCnt": 1, "data": "AQ==", "time": "2026-11-29T00:00:00Z"}
        return Received("up", json.dumps(up).encode(), 1, self.came > 1, 100.0, self.came)

    def receipt(self, _: Received) -> Callable[[], None]:
        return self._acknowledge

    def _acknowledge(self) -> None:
        self.acknowledged += 1


def test_what_waits_behind_a_frame_that_is_held_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    network, flood = Network("town", NetworkOptions(host="127.0.0.1")), Flood()
    network._backlog.connected(99.9, True)
    session: Any = flood
    network.add(Sensor())
    with pytest.raises(TimeoutError):
        asyncio.run(network._listen(session, _ignore))
    assert MOST_HELD < flood.most <= MOST_HELD + 2
    assert flood.acknowledged >= MOST_HELD


class Handed:
    """A session that hands over messages of a ChirpStack v3 that tells no time of its own, and then no more.

    Args:
        waited: how many of them have waited at the broker; the others come after a pause each.
    """

    def __init__(self, waited: int, live: int) -> None:
        pauses_s = [0.0] * waited + [1000.0 * STALL_S] * live
        self.began_s = time.monotonic()
        self._arrivals_s = list(itertools.accumulate(pauses_s, initial=self.began_s))[1:]
        self.came = 0

    async def receive(self, _: float | None) -> Received:
        if self.came == len(self._arrivals_s):
            raise TimeoutError
        self.came += 1
        up = {"devEUI": "70b3d5a1c0de0001", "fPort": 1, "fCnt": self.came, "data": "AQ=="}
        at_s = self._arrivals_s[self.came - 1]
        return Received("up", json.dumps(up).encode(), 1, False, at_s, self.came)

    def receipt(self, _: Received) -> Callable[[], None]:
        return lambda: None


@pytest.mark.parametrize("wall_s", [None, 1.8e9])
def test_the_backlog_of_a_server_without_a_time_is_told_as_such_dropped_and_counted(
    wall_s: float | None, caplog: pytest.LogCaptureFixture
) -> None:
    """How old it is nobody knows, be our own clock set or not; what comes live is heard."""
    options = NetworkOptions(host="127.0.0.1", server="chirpstack-v3")
    network, sensor = Network("town", options, unix_s=lambda: wall_s), Sensor()
    network.add(sensor)
    session: Any = Handed(waited=3, live=2)
    network._backlog.connected(session.began_s, True)
    with pytest.raises(TimeoutError):
        asyncio.run(network._listen(session, _ignore))
    assert network.dropped == {"undated": 3}
    assert [heard.f_cnt for heard in sensor.heard] == [4, 5]
    (line,) = [each.getMessage() for each in caplog.records]
    assert "a frame that may have waited at the broker is left out: ChirpStack v3 tells no time of its own" in line


class Sensor:
    """What it is given."""

    eui = "70b3d5a1c0de0001"
    topic = f"application/+/device/{eui}/event/up"
    beside, object_paths = (), ()

    def __init__(self) -> None:
        self.heard: list[UplinkFrame] = []
        self.has_heard = asyncio.Event()

    def enqueue(self, heard: UplinkFrame, at_s: float, delay_s: float = 0.0) -> None:
        self.heard.append(heard)
        self.has_heard.set()

    async def drained(self) -> None: ...

    def network_changed(self) -> None: ...

    def backlog_pending(self) -> None: ...


@pytest.mark.expects_log("a retained message")
def test_other_work_is_done_between_two_messages_of_a_flood_and_the_good_one_behind_it_is_heard() -> None:
    """A thousand tiny packets that are left out. Whatever else the loop does has its turn behind each of them."""
    floods, at_once = 1000, list[int]()

    async def main() -> None:
        session = Session(
            BrokerOptions(host="127.0.0.1", protocol="3.1.1"),
            Credentials(),
            identifier=None,
            session_s=0,
            max_packet_bytes=1000,
            on_overflow=lambda _topic: None,
        )
        network, sensor = Network("town", NetworkOptions(host="127.0.0.1")), Sensor()
        network.add(sensor)
        here, there = socket.socketpair()
        here.setblocking(False)
        there.setblocking(False)
        session._client._sock = here
        session._begin(here)
        session._connected.set_result(None)
        listening = asyncio.create_task(network._listen(session, _ignore))
        event = {"deviceInfo": {"devEui": Sensor.eui}, "fPort": 1, "fCnt": 7, "data": "AQ=="}
        good = b"\0\1t\0\7" + json.dumps(event).encode()
        flood = b"\x31\3\0\1t" * floods + bytes((0x32, len(good))) + good
        sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(there, flood))
        async with asyncio.timeout(PATIENCE_S):
            while not sensor.has_heard.is_set():
                before = network.dropped.get("retained", 0)
                await asyncio.sleep(0)
                at_once.append(network.dropped.get("retained", 0) - before)
        assert max(at_once) == 1 and sum(at_once) == floods
        assert [each.f_cnt for each in sensor.heard] == [7]
        await sending
        listening.cancel()
        await asyncio.wait([listening])
        session._client._sock_close()
        there.close()

    asyncio.run(main())
