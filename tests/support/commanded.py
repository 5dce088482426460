"""A pole with two lamps that do as they are told, and a store that may refuse."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from patience import PATIENCE_S
from stored import Told, promised

from agent.clock import Moment
from agent.commands import Commands, CommandTarget, Gate, PoleActions, Recipients, Records
from agent.commands.records import PREFIX, Record
from agent.events import Event
from agent.events.security import SecurityData
from agent.store import StoreError
from agent.trades.lighting.plan.override import WrongOrder, ordered
from drivers.base import Command, Outcome

NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)


class Pole:
    """A pole with two lamps that do as they are told, and a store."""

    def __init__(self, *, trusted: bool = True) -> None:
        self.at, self.refuses = NOON, False
        self.actions, self.gate_of_city = PoleActions(), Gate()
        self.pauses_s: list[float] = []
        self.boot, self.trusted = "b1", trusted
        self.events: list[Told] = []
        self.noted: list[SecurityData] = []
        self.stored: dict[str, bytes] = {}
        self.done: list[Command] = []
        self.gate: asyncio.Event | None = None
        self.commands = self.start()

    def start(self, lamps: Mapping[str, CommandTarget] | None = None) -> Commands:
        found = {key.removeprefix(PREFIX): msgspec.json.decode(body, type=Record) for key, body in self.stored.items()}
        lamps = lamps or {"lamp-1": self, "lamp-2": self}
        recipients = Recipients(lamps, {"lamp": lamps.keys()}, {"bay-1"}, self.actions)
        return Commands(
            "pole-1",
            recipients,
            commit=self.commit,
            clock=self,
            records=Records(found),
            gates={"": self.gate_of_city},
            sleep=self.pause,
            note=self.noted.append,
        )

    def now(self) -> Moment:
        return self.moment_at(1000.0)

    def moment_at(self, mono_s: float) -> Moment:
        return Moment(self.at.timestamp(), mono_s, self.boot, self.trusted)

    async def commit(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        await asyncio.sleep(0)
        if self.refuses:
            raise StoreError(Path("pole.db"), "the disk is full")
        self.events += map(promised, events)
        for key, state in states.items():
            if state is None:
                del self.stored[key]
            else:
                self.stored[key] = msgspec.json.encode(state)

    async def pause(self, pause_s: float) -> None:
        self.pauses_s.append(pause_s)
        await asyncio.sleep(0)

    async def life(self, *, until: int) -> None:
        """Run until so many outcomes were told in all, then die as by SIGKILL."""
        running = asyncio.create_task(self.commands.run())
        async with asyncio.timeout(PATIENCE_S):
            while len(self.events) < until:
                await asyncio.sleep(0)
        await self.kill(running)

    async def kill(self, running: "asyncio.Task[None]") -> None:
        """What is in memory is gone; another life begins with what was written."""
        running.cancel()
        await asyncio.wait([running])
        self.commands = self.start()

    async def carry_out(self, command: Command) -> Outcome:
        try:
            ordered(command, None, self.now())
        except WrongOrder as error:
            return Outcome(command.id, "refused", str(error))
        self.done.append(command)
        if self.gate is not None:
            await self.gate.wait()
        return Outcome(command.id, "done", "", command.value)

    def answers(self) -> list[tuple[str, str | None, str]]:
        return [(event.subject, event.data["command_id"], event.data["status"]) for event in self.events]


def override(id: str = "c1", **changes: object) -> Command:
    command = Command(id, "lamp-1", "override", 40.0, hold_s=600.0)
    return msgspec.structs.replace(command, **changes)
