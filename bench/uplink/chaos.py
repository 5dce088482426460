"""What is lost, invented or doubled while agent, broker, link and disk fail in turn, and two of them at once.

Each event carries a name; the agent notes it before and after its commit (victim.py), a listener at the broker notes
what comes. Lost: the commit returned and it never came. Invented: it came under no name that was made, or one name came
under two ids. A broker that dies takes along what it has acknowledged and not passed on, so the listener subscribes
with QoS 0, to which mosquitto writes before it acknowledges, and the agent is let in when the listener is back.

    .venv/bin/python bench/uplink/chaos.py [--rounds 10] [--only kill_agent,kill_broker] [--seed 1] [--protocol 5]
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from broker import Broker
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from proxy import Proxy

sys.path.append(str(Path(__file__).parents[1]))
from standing import stands_on

ROUNDS, QUICK_ROUNDS = 300, 20
EVENTS_PER_S, TELEMETRY_PER_S = 200, 50
PROTOCOLS = ("5", "3.1.1")
VICTIM = Path(__file__).with_name("victim.py")


class Listener:
    """Notes whatever comes, in a thread of its own."""

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[str, str]] = []
        self.listens = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "listener", protocol=MQTTProtocolVersion.MQTTv311)
        self._client.reconnect_delay_set(0.05, 0.05)  # type: ignore[arg-type]
        self._client.on_connect = lambda client, *_: client.subscribe("lamppost/+/+/event/#", 0)
        self._client.on_subscribe = lambda *_: self.listens.set()
        self._client.on_disconnect = lambda *_: self.listens.clear()
        self._client.on_message = lambda _client, _data, message: self._note(message.payload)
        self._client.connect_async("127.0.0.1", port)
        self._client.loop_start()

    def _note(self, payload: bytes) -> None:
        event = json.loads(payload)
        self.heard.append((event["data"].get("name", event["type"]), event["id"]))

    async def back(self) -> None:
        async with asyncio.timeout(20):
            while not self.listens.is_set():
                await asyncio.sleep(0.01)

    def end(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class Victim:
    """The agent, again and again on the same store, and what it noted.

    Args:
        protocols: of MQTT, one life after the other.
    """

    def __init__(self, folder: Path, port: int, protocols: Sequence[str]) -> None:
        self._protocols = protocols
        self.made: set[str] = set()
        self.kept: list[str] = []
        self.runs = 0
        self._folder, self._port, self._log = folder, port, folder / "agent.log"
        self._process: asyncio.subprocess.Process | None = None
        self._notes: asyncio.Task[None] | None = None

    async def start(self) -> None:
        protocol = self._protocols[self.runs % len(self._protocols)]
        self.runs += 1
        arguments = (self._folder / "pole.db", self._port, protocol, f"run{self.runs}", EVENTS_PER_S, TELEMETRY_PER_S)
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(VICTIM),
                *map(str, arguments),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
            )
        self._notes = asyncio.create_task(self._read(self._process))

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            kind, _, name = line.decode().rstrip("\n").partition(" ")
            if kind == "m":
                self.made.add(name)
            else:
                self.kept.append(name)

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def ended(self, limit_s: float, code: int) -> None:
        assert self._process is not None and self._notes is not None
        ended_with = await asyncio.wait_for(self._process.wait(), limit_s)
        await self._notes
        if ended_with != code:
            raise SystemExit(f"the agent ended with {ended_with}, not {code}:\n{self._log.read_text()[-4000:]}")

    async def keeps(self) -> None:
        """Waits until it commits again."""
        before = len(self.kept)
        async with asyncio.timeout(30):
            while len(self.kept) < before + 5:
                await asyncio.sleep(0.01)


class Scene:
    """Everything that can fail."""

    def __init__(self, victim: Victim, broker: Broker, proxy: Proxy, listener: Listener, dice: random.Random) -> None:
        self.victim, self.dice, self.cuts = victim, dice, 0
        self._broker, self._proxy, self._listener = broker, proxy, listener

    async def kill_agent(self) -> None:
        self.victim.signal(signal.SIGKILL)
        await self.victim.ended(10, -signal.SIGKILL)
        await self.victim.start()
        await self.victim.keeps()

    async def kill_broker(self) -> None:
        self._proxy.open = False
        await asyncio.to_thread(self._broker.end, signal.SIGKILL)
        await asyncio.sleep(self.dice.uniform(0, 0.3))
        self._listener.listens.clear()
        await asyncio.to_thread(self._broker.start)
        await self._listener.back()
        self._proxy.open = True

    async def freeze_broker(self) -> None:
        """Shorter and longer than the agent waits for an answer."""
        os.kill(self._broker.pid, signal.SIGSTOP)
        await asyncio.sleep(self.dice.uniform(0.05, 1.6))
        os.kill(self._broker.pid, signal.SIGCONT)

    async def cut_link(self) -> None:
        direction = self.dice.choice(["up", "down"])
        # An acknowledgement has 4 bytes, an event about 300.
        self.cuts += await self._proxy.cut(direction, self.dice.randrange(40_000 if direction == "up" else 600), 3.0)

    async def fill_disk(self) -> None:
        self.victim.signal(signal.SIGUSR1)
        await asyncio.sleep(self.dice.uniform(0.1, 0.6))
        self.victim.signal(signal.SIGUSR2)


KINDS = ("kill_agent", "kill_broker", "freeze_broker", "cut_link", "fill_disk")
_NOT_TOGETHER = ({"kill_broker", "freeze_broker"}, {"kill_agent", "fill_disk"})


def plan(rounds: int, kinds: list[str], dice: random.Random) -> list[list[str]]:
    """What fails in each round: each kind equally often, and with every fourth another one at the same time."""
    rows: list[list[str]] = []
    for n in range(rounds):
        kind = kinds[n % len(kinds)]
        others = [one for one in kinds if one != kind and {one, kind} not in _NOT_TOGETHER]
        rows.append([kind, dice.choice(others)] if others and dice.random() < 0.25 else [kind])
    dice.shuffle(rows)
    return rows


async def play(folder: Path, rounds: int, kinds: list[str], seed: int, protocols: Sequence[str]) -> dict[str, Any]:
    dice, broker = random.Random(seed), Broker(folder)
    broker.start()
    listener = Listener(broker.port)
    try:
        async with Proxy(broker.port) as proxy:
            victim = Victim(folder, proxy.port, protocols)
            scene = Scene(victim, broker, proxy, listener, dice)
            await listener.back()
            await victim.start()
            await victim.keeps()
            await asyncio.sleep(0.5)
            rows = plan(rounds, kinds, dice)
            for row in rows:
                await asyncio.gather(*(_trouble(scene, kind) for kind in row))
                await asyncio.sleep(dice.uniform(0.1, 0.6))
            victim.signal(signal.SIGTERM)
            await victim.ended(120, 0)
            await asyncio.sleep(0.5)
            told = {"rounds": _counted(rows), "protocols": list(protocols), "cuts": scene.cuts}
            return told | judge(victim, listener)
    finally:
        listener.end()
        broker.end(signal.SIGKILL)


async def _trouble(scene: Scene, kind: str) -> None:
    trouble: Callable[[], Awaitable[None]] = getattr(scene, kind)
    await trouble()


def _counted(rows: list[list[str]]) -> dict[str, int]:
    return dict(sorted(Counter(" and ".join(sorted(row)) for row in rows).items()))


def judge(victim: Victim, listener: Listener) -> dict[str, Any]:
    """Telemetry is judged apart: what a crash finds in memory, acknowledged by nobody, is lost."""
    heard = [(name, id) for name, id in listener.heard if name.startswith("run")]
    names = {name for name, _ in heard}
    kept = {name for name in victim.kept if "-telemetry-" not in name}
    telemetry = set(victim.kept) - kept
    return {
        "committed": len(kept),
        "lost": len(kept - names),
        "invented": len(names - victim.made) + len(set(heard)) - len(names),
        "duplicates": len(heard) - len(names),
        "out_of_order": _out_of_order(heard),
        "gaps_told": sum(1 for name, _ in listener.heard if name == "store.gap"),
        "agents": victim.runs,
        "telemetry": {"gathered": len(telemetry), "lost": len(telemetry - names)} | _of_one_life(telemetry - names),
    }


def _of_one_life(lost: set[str]) -> dict[str, int]:
    by_run = Counter(name.partition("-")[0] for name in lost)
    return {"most_lost_by_one_kill": max(by_run.values(), default=0)}


def _out_of_order(heard: list[tuple[str, str]]) -> int:
    """Events of one subject and priority that came first after a later one."""
    newest: dict[str, int] = {}
    seen: set[str] = set()
    late = 0
    for name, _ in heard:
        if name in seen:
            continue
        seen.add(name)
        run, priority, number = name.rsplit("-", 2)
        line = f"{priority}-{int(number) % 4}"
        place = int(run.removeprefix("run")) * 1_000_000_000 + int(number)
        late += place < newest.get(line, -1)
        newest[line] = max(place, newest.get(line, -1))
    return late


async def measure(folder: Path, quick: bool) -> dict[str, Any]:
    target = {"lost": 0, "invented": 0}
    return await play(folder, QUICK_ROUNDS if quick else ROUNDS, list(KINDS), 6, PROTOCOLS) | {"target": target}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--only", default=",".join(KINDS), help="kinds of trouble, with commas between")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--protocol", choices=PROTOCOLS, help="default: one life of the agent with each in turn")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        protocols = [arguments.protocol] if arguments.protocol else PROTOCOLS
        played = play(Path(folder), arguments.rounds, arguments.only.split(","), arguments.seed, protocols)
        print(json.dumps({"stands_on": stands_on()} | asyncio.run(played), indent=2))


if __name__ == "__main__":
    main()
