"""2 000 poles that come back to one broker after its restart: light sessions, the back-off of the daemon.

A session is what a pole does at its greeting: CONNECT with its session kept, SUBSCRIBE to its commands, its retained
status; then it waits for the end of the connection. Beside it, in the same run, poles that double their pauses without
a draw and forget their failures at each connection, as paho does.
"""

import asyncio
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from broker import Broker
from picture import Curve, draw

from drivers.mqtt.backoff import broker_backoff

POLES, QUICK_POLES = 2000, 300
DOWN_S = 20.0
WATCH_S = 60.0
ANSWER_S = 10.0
KEEPALIVE_S = 60
# When as many are connected the restart is over; what is tried later than that is a second storm.
CALM_S = 10.0
PICTURE = Path(__file__).parents[2] / "docs" / "uplink-fleet.svg"


class Pauses(Protocol):
    def pause_s(self, ran_s: float, refused: bool = False) -> float: ...


class NoDraw:
    """Doubling from 1 s to 120 s, the same for all, and from the beginning after each connection."""

    def __init__(self) -> None:
        self._next_s = 1.0

    def pause_s(self, ran_s: float, refused: bool = False) -> float:
        if ran_s > 0:
            self._next_s = 1.0
        pause_s, self._next_s = self._next_s, min(120.0, self._next_s * 2)
        return pause_s


class Fleet:
    """Poles, and what happens to them.

    Args:
        pauses: of one pole.
    """

    def __init__(self, port: int, count: int, pauses: Callable[[], Pauses]) -> None:
        self._port, self._pauses = port, [pauses() for _ in range(count)]
        self.connected: set[int] = set()
        self.history: list[tuple[float, str]] = []

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in range(len(self._pauses)):
                tasks.create_task(self._live(number))

    async def _live(self, number: int) -> None:
        while True:
            self._note("attempt")
            began_s = 0.0
            try:
                async with asyncio.timeout(ANSWER_S):
                    reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                    await greet(reader, writer, number)
                began_s = time.monotonic()
                self.connected.add(number)
                self._note("up")
                await _stay(reader, writer)
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                self._note("down" if began_s else "failed")
            self.connected.discard(number)
            await asyncio.sleep(self._pauses[number].pause_s(time.monotonic() - began_s if began_s else 0.0))

    def _note(self, what: str) -> None:
        self.history.append((time.monotonic(), what))


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
    """MQTT 3.1.1: CONNECT (session kept), SUBSCRIBE, PUBLISH with QoS 1, and their answers."""
    name, base = _text(f"lamppost.bench.p{number}"), f"lamppost/bench/p{number}"
    writer.write(_packet(0x10, _text("MQTT") + bytes([4, 0]) + KEEPALIVE_S.to_bytes(2, "big") + name))
    answer = await reader.readexactly(4)
    if answer[3] != 0:
        raise ConnectionRefusedError(answer[3])
    writer.write(_packet(0x82, b"\0\1" + _text(f"{base}/command") + b"\1"))
    await reader.readexactly(5)
    writer.write(_packet(0x33, _text(f"{base}/status") + b"\0\2" + b'{"online":true}'))
    await reader.readexactly(4)


async def _stay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            try:
                async with asyncio.timeout(KEEPALIVE_S / 2):
                    if not await reader.read(64):
                        raise ConnectionResetError
            except TimeoutError:
                writer.write(b"\xc0\0")
    finally:
        writer.close()


def _packet(head: int, body: bytes) -> bytes:
    return bytes([head, len(body)]) + body


def _text(text: str) -> bytes:
    return len(text).to_bytes(2, "big") + text.encode()


async def measure(folder: Path, quick: bool) -> dict[str, Any]:
    count = QUICK_POLES if quick else POLES
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    rules: dict[str, Callable[[], Pauses]] = {"lamppost": broker_backoff, "doubling_without_a_draw": NoDraw}
    report: dict[str, Any] = {"poles": count, "broker_down_s": DOWN_S}
    curves = []
    for name, pauses in rules.items():
        report[name], curve = await _restart(folder / name, count, pauses)
        curves.append(Curve(name.replace("_", " "), *curve))
    if not quick:
        PICTURE.write_text(draw(f"{count} poles after a restart of their broker", curves, DOWN_S))
        report["picture"] = str(PICTURE.relative_to(PICTURE.parents[1]))
    return report


async def _restart(folder: Path, count: int, pauses: Callable[[], Pauses]) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """All connect, the broker is gone for DOWN_S, and once all are back it goes again: within five minutes."""
    folder.mkdir()
    broker = Broker(folder, "max_connections -1\n")
    broker.start()
    fleet = Fleet(broker.port, count, pauses)
    running = asyncio.create_task(fleet.run())
    try:
        await _all_back(fleet, count)
        first = await _outage(broker, fleet, count)
        second = await _outage(broker, fleet, count)
    finally:
        running.cancel()
        await asyncio.wait([running])
        broker.end(signal.SIGKILL)
    report = {"first_restart": first.report(count), "second_restart": second.report(count)}
    return report, first.curve()


async def _all_back(fleet: Fleet, count: int) -> None:
    while len(fleet.connected) < count:
        await asyncio.sleep(0.1)


class Outage:
    """What happened from the end of a broker on.

    Args:
        died_s, listens_s: when the broker ended and began again.
    """

    def __init__(self, history: list[tuple[float, str]], died_s: float, listens_s: float) -> None:
        self._listens_s = listens_s - died_s
        self._events = [(at_s - died_s, what) for at_s, what in history if at_s >= died_s]

    def report(self, count: int) -> dict[str, Any]:
        back = sorted(at_s - self._listens_s for at_s, what in self._events if what == "up")
        after = [(at_s, what) for at_s, what in self._events if at_s >= self._listens_s]
        last_back_s = back[count - 1] if len(back) >= count else None
        late = [at_s for at_s, what in after if what == "attempt" and at_s - self._listens_s > (last_back_s or 0)]
        return {
            "back": min(len(back), count),
            "half_back_after_s": round(back[count // 2], 1) if len(back) > count // 2 else None,
            "all_back_after_s": None if last_back_s is None else round(last_back_s, 1),
            "most_attempts_a_second_once_it_listens": max(
                self.per_second("attempt", self._listens_s).values(), default=0
            ),
            "failed_once_it_listens": sum(1 for _, what in after if what == "failed"),
            "lost_again": sum(1 for _, what in after if what == "down"),
            "attempts_after_all_were_back": len(late),
        }

    def per_second(self, what: str, from_s: float = 0.0) -> Counter[int]:
        return Counter(int(at_s) for at_s, kind in self._events if kind == what and at_s >= from_s)

    def curve(self) -> tuple[list[int], list[int]]:
        """Returns, for each second since the end of the broker, the attempts and how many are connected."""
        attempts, up, down = (self.per_second(what) for what in ("attempt", "up", "down"))
        seconds = range(int(DOWN_S + WATCH_S))
        connected, now = [], sum(down.values())
        for second in seconds:
            now += up[second] - down[second]
            connected.append(now)
        return [attempts[second] for second in seconds], connected


async def _outage(broker: Broker, fleet: Fleet, count: int) -> Outage:
    fleet.history.clear()
    died_s = time.monotonic()
    broker.end(signal.SIGKILL)
    await asyncio.sleep(DOWN_S)
    await asyncio.to_thread(broker.start)
    listens_s = time.monotonic()
    await _all_back(fleet, count)
    await asyncio.sleep(max(CALM_S, died_s + DOWN_S + WATCH_S - time.monotonic()))
    return Outage(list(fleet.history), died_s, listens_s)
