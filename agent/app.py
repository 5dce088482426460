"""Composition root: opens the store and the lines, builds the parts, and owns the one TaskGroup."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec

from msgspec import Struct

from agent import report, states
from agent.assembly import Builder, Components, line_options
from agent.clock import Clock, Moment
from agent.commands import KEY, Commands, CommandsState
from agent.config.schema import Config
from agent.console import Answer, Ask, Console
from agent.events import Event
from agent.health import Notifier, watchdog
from agent.isolation import Isolation, Part
from agent.rule import RuleRunner, Step
from agent.store import Store, StoreError
from agent.supervise import Supervisor
from agent.uplink import expiry
from agent.uplink.commands import BadCommand
from agent.uplink.expiry import ExpiryState
from agent.uplink.session import Uplink
from drivers.base import Command, Reading
from drivers.line import Line
from drivers.modbus import Master

log = logging.getLogger(__name__)

P = ParamSpec("P")

CLOCK_LOOK_S = 1.0
"""How often a clock that is not set is looked at."""


class App:
    """One pole.

    Args:
        clock: dates events and judges stays.
        schedule_clock: what the lamps follow, where it is another clock (a demonstration).
        notifier: the service manager, where there is one.
        builder: what builds its parts.
        isolation: keeps a defect of one part from the others.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        schedule_clock: Clock | None = None,
        notifier: Notifier | None = None,
        *,
        builder: type[Builder] = Builder,
        isolation: Isolation | None = None,
    ) -> None:
        self._config, self._clock, self._schedule_clock = config, clock, schedule_clock or clock
        self._notifier, self._builder = notifier or Notifier({}), builder
        self._isolation = isolation or Isolation(config.pole.id, clock)
        self._began = clock.now()
        self._components = Components()
        self._supervisors: list[Supervisor] = []
        self._store_refuses = False
        path = Path(config.store.path)
        self._store = Store(
            path,
            max_bytes=config.store.max_mb * 1_000_000,
            max_age_s=config.store.max_age_s,
            buffer_s=config.store.gather_s,
            boot=clock.boot,
            subject=config.pole.id,
        )
        self._console = Console(
            Path(config.pole.socket),
            self._answered(self._answer_status),
            self._answered(self._set_level),
            self._ask_part,
        )

    async def run(self) -> None:
        """Until cancelled. Raises StoreError when the store cannot be opened."""
        async with AsyncExitStack() as opened:
            await opened.enter_async_context(self._store)
            masters: dict[str, Master] = {}
            for name in self._config.line:
                await self._part(f"line/{name}").build(partial(self._open_line, opened, masters, name))
            clocks = self._clock, self._schedule_clock
            builder = self._builder(self._config, self._store, self._commit, *clocks, masters, self._isolation)
            self._components = await builder.build()
            self._supervisors = [Supervisor(driver, self._emit) for driver in self._components.drivers]
            await self._open_uplink(builder)
            birth = self._part("inventory").ask(lambda: report.birth(self._config, self._clock.now()))
            if birth is not None:
                await self._publish(birth)
            try:
                await self._work()
            finally:
                await self._keep_counts()

    async def _open_line(self, opened: AsyncExitStack, masters: dict[str, Master], name: str) -> None:
        masters[name] = Master(await opened.enter_async_context(Line(name, line_options(self._config, name))))

    async def _keep_counts(self) -> None:
        """At an orderly end, in one transaction: what rules write only now and then, to spare the disk."""
        counts: dict[str, Struct] = {}
        for runner in self._components.runners:
            counts |= self._part(runner.key).ask(partial(_kept_back, runner)) or {}
        if counts:
            with contextlib.suppress(StoreError):  # told by _commit
                await self._commit((), counts)

    async def _open_uplink(self, builder: Builder) -> None:
        pole = self._config.pole
        self._commands = Commands(
            pole.id,
            self._components.targets,
            states.subjects(self._config) - self._components.commanded,
            commit=self._commit,
            clock=self._clock,
            state=await self._store.load(KEY, CommandsState),
            failed=self._components.commanded - self._components.targets.keys(),
            isolation=self._isolation,
        )
        self._uplink = Uplink(
            self._config.uplink,
            pole.site,
            pole.id,
            self._store,
            self._on_command,
            details=self._inventory,
            states=self._states,
            removed_devices=await self._removed_devices(),
            clock=self._clock,
            isolation=self._isolation,
        )
        if self._config.uplink.tls is not None:
            await self._part("certificates").build(partial(self._certificates, builder))

    def _part(self, name: str, *, each_alone: bool = False) -> Part:
        return self._isolation.part(name, each_alone=each_alone)

    def _inventory(self) -> dict[str, Any]:
        """Nothing, where it cannot be made: that the pole is online is told all the same."""
        return self._part("inventory").ask(lambda: report.inventory(self._config, self._clock.now())) or {}

    def _states(self) -> Mapping[str, Struct | None]:
        return states.states(self._config, self._clock.now(), self._components, self._supervisors, self._isolation)

    async def _removed_devices(self) -> frozenset[str]:
        """Devices of an earlier configuration, whose states the broker still keeps."""
        before = await self._store.load(states.KEY, states.Names) or states.Names()
        present = states.subjects(self._config)
        known = states.retained_history(before, present)
        if known != before:
            try:
                await self._commit((), {states.KEY: known})
            except StoreError:
                log.info("which devices there are was not written, and is written at the next start")
        return frozenset(before.names) - present

    async def _certificates(self, builder: Builder) -> None:
        """The rule that tells when they end."""

        def step(state: ExpiryState, now: Moment, _: Reading | None) -> Step[ExpiryState]:
            return expiry.step(self._config.pole.id, state, now, self._uplink.status.certificates)

        self._components.runners.append(await builder.rule("certificates", ExpiryState, step))

    async def _work(self) -> None:
        """Whatever may fail by itself is a part; the watchdog is none: what it cannot do systemd mends."""
        async with asyncio.TaskGroup() as tasks:
            for supervisor in self._supervisors:
                tasks.create_task(supervisor.run(), name=f"driver[{supervisor.name}]")
            for name, work in self._duties():
                tasks.create_task(self._part(name).run(work), name=name)
            self._notifier.tell(READY="1")
            tasks.create_task(watchdog(self._notifier, self._alive), name="watchdog")

    def _duties(self) -> Iterable[tuple[str, Callable[[], Awaitable[None]]]]:
        """What each part does by itself, by its name."""
        yield from ((runner.key, runner.run) for runner in self._components.runners)
        yield from self._components.tasks
        yield "uplink", self._uplink.run
        yield "console", self._console.run
        yield "heartbeat", self._heartbeat
        yield "clock", self._correct_times
        yield "isolation", partial(self._isolation.run, self._commit)

    async def _emit(self, reading: Reading) -> None:
        """Hand a reading to whoever listens to its device; what the disk refuses is decided again by the next one."""
        for listen in self._components.listeners.get(reading.device, ()):
            try:
                await listen(reading)
            except StoreError:
                continue  # told once by _commit

    async def _commit(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        try:
            await self._store.commit(events, states)
        except StoreError as error:
            if not self._store_refuses:
                log.error("%s; changes wait until it takes them again", error)
            self._store_refuses = True
            raise
        if self._store_refuses:
            log.warning("the store takes changes again")
        self._store_refuses = False
        for event in events:
            # It is written: nothing may look as if it were not.
            self._part("tail").ask(partial(self._console.show, event))

    async def _publish(self, event: Event) -> None:
        """An event of the pole itself, which the next one replaces: not worth stopping for."""
        try:
            await self._commit((event,), {})
        except StoreError:
            log.debug("%s was not written", event.type)

    async def _heartbeat(self) -> None:
        while True:
            await self._publish(report.heartbeat(self._config, self._clock.now(), await self.status()))
            await asyncio.sleep(self._config.pole.status_period_s)

    async def _correct_times(self) -> None:
        """Once the clock has been set: what was written before, in this boot, gets its right time."""
        while not self._clock.now().trusted:  # noqa: ASYNC110 - nothing announces that a clock was set
            await asyncio.sleep(CLOCK_LOOK_S)
        corrected = await self._store.correct_times(self._clock.now())
        if corrected:
            log.info("the clock is set; the times of %d waiting events were corrected", corrected)

    async def _alive(self) -> str:
        """One line for systemd. Hangs, and so stops the watchdog, when the store's thread does."""
        waiting = sum((await self._store.status()).waiting.values())
        down = sum(1 for one in self._supervisors if one.down_because is not None)
        broker = "connected" if self._uplink.status.connected else "no broker"
        return f"{len(self._supervisors) - down} devices up, {down} down; {broker}; {waiting} events waiting"

    async def _on_command(self, command: Command | BadCommand) -> None:
        try:
            await self._part("commands", each_alone=True).attempt(partial(self._commands.handle, command))
        except StoreError:
            log.error("the outcome of a command could not be written; its sender may send it again")

    def _answered(self, answer: Callable[P, Awaitable[Answer]]) -> Callable[P, Awaitable[Answer]]:
        """The same answer to a question of a technician, or that there is none by a defect."""

        async def answered(*args: P.args, **kwargs: P.kwargs) -> Answer:
            told = await self._part("answers", each_alone=True).attempt(partial(answer, *args, **kwargs))
            return {"error": "a defect of lamppost: see journalctl -u lamppost"} if told is None else told

        return answered

    async def _set_level(self, ask: Ask) -> Answer:
        """A technician's order, by the same way as the city's."""
        action = "release" if ask.level_percent is None else "override"
        command = Command(uuid.uuid4().hex, ask.lamp, action, ask.level_percent, None, ask.hold_s)
        try:
            outcome = await self._commands.handle(command)
        except StoreError as error:
            return {"error": str(error)}
        return {"status": outcome.status, "reason": outcome.reason, "observed": outcome.observed}

    async def _ask_part(self, ask: Ask) -> Answer | None:
        """What a part of the pole answers; None: none knows the question."""
        answer = self._components.answers.get(ask.ask)
        return None if answer is None else await self._answered(answer)(ask)

    async def _answer_status(self) -> Answer:
        try:
            return await self.status()
        except StoreError as error:
            return {"error": str(error)}

    async def status(self) -> Answer:
        """Everything a technician may ask, JSON-able."""
        return report.status(
            self._config,
            now=self._clock.now(),
            began=self._began,
            components=self._components,
            supervisors=self._supervisors,
            uplink=self._uplink,
            store=await self._store.status(),
            isolation=self._isolation,
        )


def _kept_back(runner: RuleRunner[Any]) -> dict[str, Any]:
    return runner.unsaved_at_shutdown
