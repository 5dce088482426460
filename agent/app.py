"""Composition root: opens the store and the lines, builds the parts, and owns the one TaskGroup."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from agent import identity, moved, report
from agent.answers import Answers
from agent.assembly import Builder, Components, carried_states, line_options, state_keys
from agent.box import Box, read_box
from agent.clock import Clock
from agent.config.schema import Config
from agent.configuration import InForce
from agent.console import Answer, Console
from agent.diagnostics.service import Diagnostics
from agent.documents.build import open_documents
from agent.events import Event
from agent.events.pole import Health
from agent.health import Notifier, watchdog
from agent.identity import Identity
from agent.isolation import Isolation, Part
from agent.places import open_places, places_of
from agent.rule import RuleRunner
from agent.store import Store, StoreError
from agent.supervise import Supervisor
from agent.upstream import open_commands, open_uplink
from drivers.base import Command, Outcome, Reading
from drivers.line import Line
from drivers.modbus import Master
from drivers.translation import _

log = logging.getLogger(__name__)

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
        in_force: the file of `config`, where it comes from one.
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
        in_force: InForce | None = None,
    ) -> None:
        self._config, self._clock, self._schedule_clock = config, clock, schedule_clock or clock
        self._notifier, self._builder = notifier or Notifier({}), builder
        self._isolation = isolation or Isolation(config.pole.id, clock)
        self._began, self._in_force = clock.now(), in_force
        self._health: Health | None = None
        self._components = Components()
        self._supervisors: list[Supervisor] = []
        path = Path(config.store.path)
        self._store = Store(
            path,
            max_bytes=config.store.max_mb * 1_000_000,
            max_age_s=config.store.max_age_s,
            buffer_s=config.store.gather_s,
            boot=clock.boot,
            subject=config.pole.id,
            on_committed=self._show,
        )
        self._masters: dict[str, Master] = {}
        diagnostics = Diagnostics(config, self._masters)
        answers = Answers(self._isolation, self.status, self._carry_out, self._components.answers, diagnostics.streams)
        self._console = Console(
            Path(config.pole.socket), answers.status, answers.set_level, answers.of_part, answers.streams
        )

    async def run(self) -> None:
        """Runs the pole until cancelled. Raises StoreError when the store cannot be opened."""
        config = self._config
        async with AsyncExitStack() as opened:
            await opened.enter_async_context(self._store)
            own = Identity(config.pole.site, config.pole.id, config.uplink.topics)
            await identity.claim(self._store, own, config.pole.formerly, carried_states())
            for name in self._config.line:
                await self._part(f"line/{name}").build(partial(self._open_line, opened, name))
            places = await self._part("places").attempt(partial(open_places, self._config, self._store, state_keys()))
            clocks = self._clock, self._schedule_clock
            builder = self._builder(
                self._config,
                self._store,
                self._store.commit,
                *clocks,
                self._masters,
                self._isolation,
                identified=places or places_of(self._config, {}),
                built=self._components,
            )
            await builder.build()
            self._supervisors += [Supervisor(driver, self._emit) for driver in self._components.drivers]
            self._documents = await open_documents(builder)
            self._commands = await open_commands(builder, self.status, self._in_force)
            self._uplink = await open_uplink(builder, self._commands, self._supervisors, lambda: self._health)
            moved.add_tasks(builder, self._uplink)
            birth = self._part("inventory").ask(
                lambda: report.birth(self._config, self._clock.now(), builder.identified)
            )
            if birth is not None:
                await self._publish(birth)
            try:
                await self._work()
            finally:
                await self._keep_counts()

    async def _open_line(self, opened: AsyncExitStack, name: str) -> None:
        line = await opened.enter_async_context(Line(name, line_options(self._config, name)))
        self._masters[name] = Master(line)

    async def _keep_counts(self) -> None:
        """Writes, at an orderly end and in one transaction, what rules write only now and then to spare the disk."""
        counts: dict[str, Struct] = {}
        for runner in self._components.runners:
            counts |= self._part(runner.key).ask(partial(_kept_back, runner)) or {}
        if counts:
            with contextlib.suppress(StoreError):  # told by the store
                await self._store.commit((), counts)

    def _part(self, name: str) -> Part:
        return self._isolation.part(name)

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
        yield "documents", self._documents.run
        yield "uplink", self._uplink.run
        yield "console", self._console.run
        yield "heartbeat", self._heartbeat
        yield "clock", self._correct_times
        yield "isolation", partial(self._isolation.run, self._store.commit)

    async def _emit(self, reading: Reading) -> None:
        """Hand a reading to whoever listens to its device; what the disk refuses is decided again by the next one."""
        for listen in self._components.listeners.get(reading.device, ()):
            try:
                await listen(reading)
            except StoreError:
                continue  # told once by the store

    def _show(self, events: Sequence[Event]) -> None:
        """Shows events to `lamppost tail`. They are committed already, and a failure here must not look as if they
        were not."""
        for event in events:
            self._part("tail").ask(partial(self._console.show, event))

    async def _publish(self, event: Event) -> None:
        """An event of the pole itself, which the next one replaces: not worth stopping for."""
        try:
            await self._store.commit((event,), {})
        except StoreError:
            log.debug("%s was not written", event.type)

    async def _heartbeat(self) -> None:
        while True:
            full = await self.status()
            self._health = report.health(full)
            await self._publish(report.heartbeat(self._config, self._clock.now(), full))
            await asyncio.sleep(self._config.pole.status_period_s)

    async def _correct_times(self) -> None:
        """Corrects the times of what was written in this boot before the clock was set, once it is set."""
        while not self._clock.now().trusted:  # noqa: ASYNC110 - nothing announces that a clock was set
            await asyncio.sleep(CLOCK_LOOK_S)
        corrected = await self._store.correct_times(self._clock.now())
        if corrected:
            log.info("the clock is set; the times of %d waiting events were corrected", corrected)

    async def _carry_out(self, command: Command) -> Outcome:
        return await self._commands.handle(command)

    async def _alive(self) -> str:
        """One line for systemd. Hangs, and so stops the watchdog, when the store's thread does."""
        waiting = sum((await self._store.status()).waiting.values())
        down = sum(1 for one in self._supervisors if one.down_because is not None)
        broker = _("connected") if self._uplink.status.connected else _("no broker")
        words = _("{up} devices up, {down} down; {broker}; {waiting} events waiting")
        return words.format(up=len(self._supervisors) - down, down=down, broker=broker, waiting=waiting)

    async def status(self) -> Answer:
        """Everything a technician may ask, JSON-able."""
        # Apart from the event loop: a disk may be slow to say how full it is.
        look = partial(asyncio.to_thread, read_box, Path(self._config.store.path).parent)
        box = await self._part("box").attempt(look) or Box()
        return report.status(
            self._config,
            now=self._clock.now(),
            began=self._began,
            components=self._components,
            supervisors=self._supervisors,
            uplink=self._uplink,
            store=await self._store.status(),
            isolation=self._isolation,
            box=box,
            in_force=self._in_force,
            documents=self._documents.rows(),
        )


def _kept_back(runner: RuleRunner[Any]) -> dict[str, Any]:
    return runner.unsaved_at_shutdown
