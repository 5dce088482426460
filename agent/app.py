"""Composition root: opens the store, has the parts built, owns the one TaskGroup; a reload goes through it."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from agent import identity, moved, report
from agent.answers import Answers
from agent.assembly import Builder, carried_states
from agent.box import Box, read_box
from agent.clock import Clock, Moment
from agent.config.schema import Config
from agent.configuration.in_force import InForce
from agent.configuration.sources import Found, Sources
from agent.console import Answer, Console
from agent.crew import Crew
from agent.diagnostics.service import Diagnostics
from agent.documents.build import open_documents
from agent.events import Event
from agent.events.pole import ConfigurationChanged, Health
from agent.events.registry import event
from agent.health import Notifier, watchdog
from agent.identity import Identity
from agent.isolation import Isolation, Part
from agent.lifecycle.actions import GetConfiguration, SetConfiguration
from agent.lifecycle.life import Life, Timings
from agent.places import Places
from agent.reload import NotApplied, Reload, keep_counts, needs_restart
from agent.store import Store, StoreError
from agent.trades.units import Share, Task, Unit
from agent.upstream import Names, certificates, gate_of, open_commands, open_uplink
from drivers.base import Command, Outcome
from drivers.translation import _

log = logging.getLogger(__name__)

T = TypeVar("T")

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
        sources, found: where `config` comes from, and what was found there; None: it stays as it is.
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
        sources: Sources | None = None,
        found: Found | None = None,
        timings: Timings = Timings(),  # noqa: B008 - frozen
    ) -> None:
        self._clock, self._notifier = clock, notifier or Notifier({})
        self._isolation = isolation or Isolation(config.pole.id, clock)
        self._began = self._applied = clock.now()
        self._health: Health | None = None
        self._store = Store(
            Path(config.store.path),
            max_bytes=config.store.max_mb * 1_000_000,
            max_age_s=config.store.max_age_s,
            buffer_s=config.store.gather_s,
            boot=clock.boot,
            subject=config.pole.id,
            on_committed=self._show,
        )
        clocks = clock, schedule_clock or clock
        self._builder = builder(config, self._store, self._store.commit, *clocks, {}, self._isolation, own=self._units)
        built = self._builder.built
        self._crew = Crew(built, self._isolation)
        self._reload = Reload(self._builder, self._crew)
        self._diagnostics = Diagnostics(config, self._builder.masters)
        answers = Answers(self._isolation, self.status, self._carry_out, built.answers, self._diagnostics.streams)
        self._console = Console(
            Path(config.pole.socket), answers.status, answers.set_level, answers.of_part, answers.streams
        )
        self._duties = [Task("console", self._console.run), Task("clock", self._correct_times)]
        self.life: Life | None = None
        if sources is not None and found is not None:
            self.life = Life(self, sources, found, self._isolation, timings=timings)
            self._duties.append(Task("configuration", self.life.run))
            built.actions.add(SetConfiguration(self.life))
            built.actions.add(GetConfiguration(self.life))
        self._in_force = found.in_force if found is not None else None
        self._ready = asyncio.Event()

    @property
    def config(self) -> Config:
        """The one in force."""
        return self._builder.config

    async def run(self) -> None:
        """Runs the pole until cancelled. Raises StoreError when the store cannot be opened."""
        async with AsyncExitStack() as opened:
            await opened.enter_async_context(self._store)
            await self._claim()
            opened.push_async_callback(self._builder.close)
            await self._builder.build()
            self._crew.show()
            self._names = Names(self._builder)
            await self._names.follow()
            self._documents = await open_documents(self._builder)
            self._commands = await open_commands(self._builder, self._names, self.status, self._in_force)
            self._uplink = open_uplink(
                self._builder,
                self._names,
                self._commands,
                supervisors=self._crew.supervisors,
                inventory=self._inventory,
                health=lambda: self._health,
            )
            self._duties += (Task("commands", self._commands.run), Task("documents", self._documents.run))
            self._duties += moved.tasks(self._builder, self._uplink)
            await self._tell_birth()
            try:
                await self._work()
            finally:
                await keep_counts(self._builder, self._shares)

    @property
    def sessions(self) -> int:
        """How often the broker was reached since the start."""
        return self._uplink.status.sessions

    @property
    def connected(self) -> bool:
        return self._uplink.status.connected

    async def reload(self) -> None:
        """Read the configuration anew, where it comes from a file, and apply what is different."""
        await self._ready.wait()
        self._notifier.tell(RELOADING="1", MONOTONIC_USEC=str(time.monotonic_ns() // 1000))
        if self.life is not None:
            await self._isolation.part("reload", each_alone=True).attempt(self.life.reload)
        self._notifier.tell(READY="1")

    async def apply(self, config: Config, in_force: InForce, *, reconnect: bool = False) -> None:
        """Make it the configuration in force: what it touches is built anew, everything else goes on.

        Args:
            reconnect: with the broker, whether [uplink] has changed or not.

        Raises:
            NotApplied: the old one goes on, and why.
            StoreError: the store cannot be read.
        """
        before = self.config
        if keys := needs_restart(before, config):
            raise NotApplied(_("{keys}: takes a restart of lamppost").format(keys=", ".join(keys)))
        touched = await self._reload.apply(config)
        log.info("the configuration is another; %d parts are built anew: %s", len(touched), ", ".join(sorted(touched)))
        self._in_force, self._applied, self._diagnostics.config = in_force, self._clock.now(), config
        self._commands.gate = gate_of(config)
        if reconnect or config.uplink != before.uplink:
            self._uplink.reconfigure(config.uplink)
            await self._claim()
        await self._names.follow()
        await self._documents.follow()
        self._uplink.tell_details()
        await self._tell_birth()

    async def _claim(self) -> None:
        """The store says whose it is, and under which topics it speaks."""
        pole = self.config.pole
        own = Identity(pole.site, pole.id, self.config.uplink.topics)
        await identity.claim(self._store, own, pole.formerly, carried_states())

    def _units(self, config: Config) -> Iterable[Unit]:
        """What depends on the configuration, and hangs on no trade."""

        async def beats(share: Share) -> None:
            share.tasks.append(Task("heartbeat", self._heartbeat))

        yield Unit("heartbeat", config.pole.status_period_s, beats)
        if config.uplink.tls is not None:
            yield certificates(self._builder, lambda: self._uplink.status.certificates)

    @property
    def _shares(self) -> list[Share]:
        return [built.share for built in self._builder.units.values()]

    def _part(self, name: str) -> Part:
        return self._isolation.part(name)

    def _described(self, tell: Callable[[Config, Moment, Places, InForce | None], T]) -> T:
        return tell(self.config, self._clock.now(), self._builder.identified, self._in_force)

    def _inventory(self) -> Mapping[str, Any]:
        made = self._part("inventory").ask(lambda: self._described(report.inventory))
        return made or {}

    async def tell(self, said: ConfigurationChanged) -> None:
        """What became of a configuration."""
        await self._publish(event(said, self.config.pole.id, self._clock.now()))

    async def _tell_birth(self) -> None:
        birth = self._part("inventory").ask(lambda: self._described(report.birth))
        if birth is not None:
            await self._publish(birth)

    async def _work(self) -> None:
        """Whatever may fail by itself is a part; the watchdog is none: what it cannot do systemd mends."""
        async with asyncio.TaskGroup() as tasks:
            self._crew.start(self._shares, tasks)
            for name, work in (*self._duties, Task("uplink", self._uplink.run)):
                tasks.create_task(self._part(name).run(work), name=name)
            untold = partial(self._isolation.run, self._store.commit)
            tasks.create_task(self._part("isolation").run(untold), name="isolation")
            self._notifier.tell(READY="1")
            self._ready.set()
            tasks.create_task(watchdog(self._notifier, self._alive), name="watchdog")

    def _show(self, events: Sequence[Event]) -> None:
        """Shows events to `lamppost tail`. They are committed already, and a failure here must not look as if they
        were not."""
        for each in events:
            self._part("tail").ask(partial(self._console.show, each))

    async def _publish(self, said: Event) -> None:
        """An event of the pole itself, which the next one replaces: not worth stopping for."""
        try:
            await self._store.commit((said,), {})
        except StoreError:
            log.debug("%s was not written", said.type)

    async def _heartbeat(self) -> None:
        while True:
            full = await self.status()
            self._health = report.health(full)
            await self._publish(report.heartbeat(self.config, self._clock.now(), full))
            await asyncio.sleep(self.config.pole.status_period_s)

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
        supervisors = self._crew.supervisors
        down = sum(1 for one in supervisors if one.down_because is not None)
        broker = _("connected") if self._uplink.status.connected else _("no broker")
        words = _("{up} devices up, {down} down; {broker}; {waiting} events waiting")
        return words.format(up=len(supervisors) - down, down=down, broker=broker, waiting=waiting)

    async def status(self) -> Answer:
        """Everything a technician may ask, JSON-able."""
        # Apart from the event loop: a disk may be slow to say how full it is.
        look = partial(asyncio.to_thread, read_box, Path(self.config.store.path).parent)
        box = await self._part("box").attempt(look) or Box()
        return report.status(
            self.config,
            now=self._clock.now(),
            began=self._began,
            applied=self._applied,
            components=self._builder.built,
            supervisors=self._crew.supervisors,
            uplink=self._uplink,
            store=await self._store.status(),
            isolation=self._isolation,
            box=box,
            in_force=self.life.in_force if self.life else None,
            documents=self._documents.rows(),
        )
