"""The shape of a rule, and what runs it: a pure step from a state and an input to a new state and events."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import reduce
from typing import Generic, TypeVar

from msgspec import Struct

from agent.clock import Clock, Moment
from agent.events import Event
from drivers.base import Reading

S = TypeVar("S", bound=Struct)

Commit = Callable[[Sequence[Event], Mapping[str, Struct | None]], Awaitable[None]]
"""Writes events and rule states in one transaction."""


class Step(Struct, Generic[S], frozen=True):
    """What a rule answers.

    Args:
        state: the new state, a msgspec Struct; equal to the old one when nothing changed.
        events: what to tell the city, committed together with the state.
        wake_at_s: `mono_s` at which the rule wants to be called again without a reading; None: only on a reading.
        beside: what is written with the events beside the state, by key.
    """

    state: S
    events: tuple[Event, ...] = ()
    wake_at_s: float | None = None
    beside: Mapping[str, Struct] = {}


class RuleRunner(Generic[S]):
    """Gives one rule its readings and its time, and commits what it answers.

    The new state counts only once it is committed: when the store fails, the next input starts from the old one. Inputs
    that come meanwhile wait for their turn.

    Args:
        key: of the state in the store.
        state: as loaded, or initial.
        step: the rule; its reading is None when only time has passed.
        persisted: what of the state is worth writing; the rest changes with every reading and is lost at a restart.
        on_shutdown: what is worth writing at an orderly end beside that: counts that otherwise go to the store now and
            then.
        on_committed: is told of the state before and after, once what changed is in the store.
        quantities: the quantities that the rule is told of; None: all. It asks by itself when time has passed.
    """

    # A pole has some hundreds of these.
    __slots__ = (
        "_alarm", "_asleep_until_s", "_changes", "_clock", "_commit", "_kept", "_on_committed", "_on_shutdown",
        "_persisted", "_quantities", "_step", "_turn", "_under_way", "_wake_at_s", "key", "state",
    )  # fmt: skip

    def __init__(
        self,
        key: str,
        state: S,
        step: Callable[[S, Moment, Reading | None], Step[S]],
        commit: Commit,
        clock: Clock,
        *,
        persisted: Callable[[S], S] = lambda state: state,
        on_shutdown: Callable[[S], S] = lambda state: state,
        on_committed: Callable[[S, S], None] = lambda before, after: None,
        quantities: frozenset[str] | None = None,
    ) -> None:
        self.key, self.state, self._persisted, self._on_shutdown = key, state, persisted, on_shutdown
        self._step, self._commit, self._clock = step, commit, clock
        self._on_committed = on_committed
        self._kept, self._quantities = persisted(state), quantities
        self._turn, self._under_way = asyncio.Lock(), 0
        self._changes: list[Callable[[S], S]] = []
        self._wake_at_s: float | None = clock.now().mono_s
        self._asleep_until_s: float | None = None
        self._alarm: asyncio.Future[None] | None = None
        """What ends its sleep, while it sleeps."""

    async def on_reading(self, reading: Reading) -> None:
        if self._quantities is None or reading.quantity in self._quantities:
            await self._advance(self._clock.moment_at(reading.at_s), reading)

    async def on_time(self, reading: Reading) -> None:
        """Something else has changed by this reading: the rule is asked as if only time had passed."""
        await self._advance(self._clock.moment_at(reading.at_s), None)

    async def run(self) -> None:
        """Ask the rule whenever it is due, until cancelled."""
        while True:
            await self._sleep_until_wake()
            await self.ask()

    async def ask(self) -> None:
        """What the rule says now that time has passed."""
        await self._advance(self._clock.now(), None)

    async def begin_anew(self, load: Callable[[], Awaitable[S]]) -> None:
        """Go on as after a restart, from the state that `load` gives once nothing is being written."""
        self._under_way += 1
        try:
            async with self._turn:
                state = await load()
                self.state, self._kept = state, self._persisted(state)
                self._wake_at_s = self._clock.now().mono_s
        finally:
            self._under_way -= 1

    def change(self, change: Callable[[S], S]) -> None:
        """The rule is asked at once, and goes on from what `change` makes of its state; both count once committed."""
        self._changes.append(change)
        self._wake_at_s = self._clock.now().mono_s
        self._wake()

    @property
    def wake_at_s(self) -> float | None:
        """`mono_s` at which the rule wants to be asked; None: only on a reading."""
        return self._wake_at_s

    @property
    def unsaved_at_shutdown(self) -> dict[str, S]:
        """What is to be written at an orderly end, by key; nothing, if the store has it all."""
        keep = self._persisted(self._on_shutdown(self.state))
        return {} if keep == self._kept else {self.key: keep}

    async def _advance(self, moment: Moment, reading: Reading | None) -> None:
        """Fast path: no event and no persisted change, so no lock."""
        step = None if self._under_way or self._changes else self._step(self.state, moment, reading)
        if step and not step.events and self._worth_writing(step) == self._kept:
            self._accept(step)
            return
        self._under_way += 1
        try:
            async with self._turn:
                changes = [] if step else list(self._changes)
                state = reduce(lambda state, change: change(state), changes, self.state)
                await self._write(step or self._step(state, moment, reading))
                del self._changes[: len(changes)]
        finally:
            self._under_way -= 1

    async def _write(self, step: Step[S]) -> None:
        keep = self._worth_writing(step)
        # A state that did not change is not written: a disk wears, and a measurement alone may wait for others.
        changed = {self.key: keep} if keep != self._kept else {}
        commits = bool(step.events or changed)
        if commits:
            await self._commit(step.events, {**changed, **step.beside})
        before, self._kept = self.state, keep
        self._accept(step)
        if commits:
            self._on_committed(before, step.state)

    def _worth_writing(self, step: Step[S]) -> S:
        return self._kept if step.state is self.state else self._persisted(step.state)

    def _accept(self, step: Step[S]) -> None:
        self.state, self._wake_at_s = step.state, step.wake_at_s
        # Later than planned needs no hurry: most readings only move the end of patience on.
        if step.wake_at_s is not None and (self._asleep_until_s is None or step.wake_at_s < self._asleep_until_s):
            self._wake()

    def _wake(self) -> None:
        if self._alarm is not None and not self._alarm.done():
            self._alarm.set_result(None)

    async def _sleep_until_wake(self) -> None:
        while True:
            self._asleep_until_s = self._wake_at_s
            wait_s = None if self._wake_at_s is None else self._wake_at_s - self._clock.now().mono_s
            if wait_s is not None and wait_s <= 0:
                return
            self._alarm = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(wait_s):
                    await self._alarm
            except TimeoutError:
                continue
            finally:
                self._alarm = None
