"""Composition root: opens the store, has the parts built, owns the one TaskGroup; a reload goes through it."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from agent import clock_set, identity, moved
from agent.about import AboutPole
from agent.answers import Answers
from agent.assembly import Builder, carried_states
from agent.bus import NoLongerLawful
from agent.clock import Clock
from agent.config.schema import Config
from agent.configuration.in_force import InForce
from agent.configuration.layered import Found
from agent.configuration.sources import Sources
from agent.console import Console, OnRefused
from agent.crew import Crew
from agent.diagnose import log_tail
from agent.diagnostics.service import Diagnostics
from agent.documents.build import open_documents
from agent.erasure import Erasures, tale_of
from agent.events import Event
from agent.events.security import LocalClientRefused
from agent.health import Notifier, watchdog
from agent.identity import Identity
from agent.isolation import Isolation
from agent.lifecycle.actions import GetConfiguration, SetConfiguration
from agent.lifecycle.life import Life, Timings
from agent.lifecycle.pole import Reach, Reached
from agent.lifecycle.retirement import Retirement
from agent.lifecycle.seal_watch import SealWatch
from agent.reload import NotApplied, Reload, keep_counts, needs_restart
from agent.security import SecurityLog
from agent.store import Store, TaleOf
from agent.thrift import costs
from agent.trades.units import Share, Task, Unit
from agent.uplink.budget import Account
from agent.upstream import Names, certificates, former_names, gates_of, open_commands, open_uplinks, wants_of
from drivers.base import Command, Outcome
from drivers.translation import _

log = logging.getLogger(__name__)

MEMORY_BYTES = 4_000_000
"""What the store holds in memory while its disk cannot be read."""


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
        self._notifier = notifier or Notifier({})
        self._isolation = isolation or Isolation(config.pole.id, clock)
        self._accounts = defaultdict[str, Account](Account)
        tales = partial(tale_of, lambda: self._builder.trades, config.pole.timezone)
        self._store = _store(config, clock, tales, self._show, self._accounts)
        clocks = clock, schedule_clock or clock
        self._builder: Builder = builder(
            config, self._store, self._store.commit, *clocks, {}, self._isolation, own=self._units
        )
        built = self._builder.built
        self._crew = Crew(built, self._isolation)
        self._security = SecurityLog(config.pole.id, clock, self._store.commit)
        self._about = AboutPole(self._builder, self._crew.supervisors, found.in_force if found else None)
        self._about.security = self._security
        file = Path(found.in_force.path) if found else None
        self._seals = SealWatch(lambda: self.config, file, self._store, self._security)
        self._retirement = Retirement(self._builder, lambda: self._uplinks.by_name, self._about.inventory)
        built.answers["retire"] = self._retirement.answer
        built.answers["erase"] = Erasures(self._builder, lambda: self._builder.trades).answer
        self.retired = self._retirement.is_over
        self.tell, self.find_wrong = self._about.tell, self._about.find_wrong
        self.find_not_kept = self._about.find_not_kept
        self._reload = Reload(self._builder, self._crew)
        self._diagnostics = Diagnostics(config, self._builder.masters)
        self._console = _console(
            config.pole.socket,
            Answers(self._isolation, self._about.status, self._carry_out, built.answers, self._diagnostics.streams),
            lambda why, uid: self._security.note(LocalClientRefused(reason=why, uid=uid)),
        )
        self._builder.bus.listen(NoLongerLawful, partial(_forget_told, self._console))
        self._duties = [
            Task("console", self._console.run),
            Task("clock", partial(clock_set.tell, self._builder)),
            Task("security", self._security.run),
            Task("seals", self._seals.run),
        ]
        self.life: Life | None = None
        if sources is not None and found is not None:
            self.life = Life(self, sources, found, self._isolation, timings=timings)
            self._duties.append(Task("configuration", self.life.run))
            built.actions.add(SetConfiguration(self.life, self._security.note))
            built.actions.add(GetConfiguration(self.life))
        self._ready = asyncio.Event()

    @property
    def config(self) -> Config:
        """The one in force."""
        return self._builder.config

    @property
    def in_force(self) -> InForce:
        """Tells where it is from. Raises LookupError where it is from no file."""
        if self._about.in_force is None:
            raise LookupError(_("the configuration of this pole is from no file"))
        return self._about.in_force

    async def run(self) -> None:
        """Runs the pole until cancelled. Raises StoreError when the store cannot be opened."""
        async with AsyncExitStack() as opened:
            await opened.enter_async_context(self._store)
            await self._claim()
            await self._security.open(self._store)
            opened.push_async_callback(self._builder.close)
            await self._builder.build()
            self._crew.show()
            self._names = Names(self._builder)
            await self._names.follow()
            self._documents = await open_documents(self._builder, self._builder.trades)
            self._commands = await open_commands(
                self._builder, self._names, self._about.status, self._about.in_force, self._security.note
            )
            self._uplinks = open_uplinks(
                self._builder,
                self._names,
                self._commands,
                supervisors=self._crew.supervisors,
                inventory=self._about.inventory,
                health=lambda: self._about.health,
                accounts=self._accounts,
                trades=self._builder.trades,
            )
            await self._uplinks.follow(self.config.uplink)
            self._about.uplinks, self._about.documents = self._uplinks, self._documents
            self._duties += (Task("commands", self._commands.run), Task("documents", self._documents.run))
            self._old_topics = moved.OldTopics(self._builder, self._uplinks)
            self._duties.append(Task("old-topics", self._old_topics.run))
            self._duties += moved.tasks(self._builder, self._uplinks)
            await self._about.tell_birth()
            try:
                await self._work()
            finally:
                await keep_counts(self._builder, self._shares)
                await self._security.close()

    @property
    def reached(self) -> Reached:
        """Tells of each uplink by which the pole is commanded whether and how often its broker was reached."""
        commanding = self._uplinks.commanding.items()
        return {name: Reach(each.status.sessions, each.status.connected) for name, each in commanding}

    @property
    def lost(self) -> Sequence[str]:
        """What is not watched any more by the configuration in force, and was by the one before."""
        return tuple(self._builder.lost)

    async def reload(self) -> None:
        """Read the configuration anew, where it comes from a file, and apply what is different."""
        await self._ready.wait()
        self._notifier.tell(RELOADING="1", MONOTONIC_USEC=str(time.monotonic_ns() // 1000))
        if self.life is not None:
            await self._isolation.part("reload", each_alone=True).attempt(self.life.reload)
            self._seals.follow()
        self._notifier.tell(READY="1")

    async def apply(self, config: Config, in_force: InForce, *, reconnect: bool = False) -> bool:
        """Make it the configuration in force: what it touches is built anew, everything else goes on.

        Returns whether anything of it is another: the same is told to nobody.

        Args:
            reconnect: with every broker, whether its table has changed or not.

        Raises:
            NotApplied: the old one goes on, and why.
            StoreError: the store cannot be read.
        """
        before = self.config
        _refuse_restart(before, config)
        touched = await self._reload.apply(config)
        if not (touched or reconnect) and (config, in_force) == (before, self._about.in_force):
            log.info("the configuration is the same as before")
            return False
        names = ", ".join(sorted(touched)) or "none"
        log.info("the configuration is another; %d parts are built anew: %s", len(touched), names)
        self._about.follow(in_force)
        await self._follow(before, config, reconnect)
        await self._about.tell_birth()
        return True

    async def _follow(self, before: Config, config: Config, reconnect: bool) -> None:
        """All that knows the configuration by itself takes the new one."""
        self._diagnostics.config = config
        self._commands.gates = gates_of(config)
        if reconnect or config.uplink != before.uplink:
            await self._store.follow(wants_of(config), former_names(config))
            for gone in await self._uplinks.follow(config.uplink, reconnect=reconnect):
                self._accounts.pop(gone, None)  # another uplink may take the name, with costs of its own
            await self._claim()
            self._old_topics.follow()
        await self._names.follow()
        await self._documents.follow()
        self._uplinks.tell_details()

    async def _claim(self) -> None:
        """The store says whose it is, and under which topics it speaks."""
        pole = self.config.pole
        topics = {name: each.topics for name, each in self.config.uplink.items()}
        own = Identity(pole.site, pole.id, topics.pop("", None), topics)
        await identity.claim(self._store, own, pole.formerly, carried_states(self._builder.trades))

    def _units(self, config: Config) -> Iterable[Unit]:
        """What depends on the configuration, and hangs on no trade."""

        async def beats(share: Share) -> None:
            share.tasks.append(Task("heartbeat", self._about.heartbeat))

        yield Unit("heartbeat", config.pole.status_period_s, beats)
        for name, options in config.uplink.items():
            yield costs(self._builder, name, options, self._accounts[name])
        if any(each.tls is not None for each in config.uplink.values()):
            yield certificates(self._builder, lambda: self._uplinks.certificates)

    @property
    def _shares(self) -> list[Share]:
        return [built.share for built in self._builder.units.values()]

    async def _work(self) -> None:
        """Whatever may fail by itself is a part; the watchdog is none: what it cannot do systemd mends."""
        async with asyncio.TaskGroup() as tasks:
            self._crew.start(self._shares, tasks)
            for name, work in self._duties:
                tasks.create_task(self._isolation.part(name).run(work), name=name)
            # Each of them is a part of its own.
            tasks.create_task(self._uplinks.run(), name="uplinks")
            untold = partial(self._isolation.run, self._store.commit)
            tasks.create_task(self._isolation.part("isolation").run(untold), name="isolation")
            self._notifier.tell(READY="1")
            self._ready.set()
            tasks.create_task(watchdog(self._notifier, self._about.alive), name="watchdog")

    def _show(self, events: Sequence[Event]) -> None:
        """Shows events to `lamppost tail`. They are committed already, and a failure here must not look as if they
        were not."""
        for each in events:
            self._isolation.part("tail").ask(partial(self._console.show, each))

    async def _carry_out(self, command: Command) -> Outcome:
        return await self._commands.handle(command)


def _store(
    config: Config,
    clock: Clock,
    tale_of: TaleOf,
    on_committed: Callable[[Sequence[Event]], None],
    accounts: Mapping[str, Account],
) -> Store:
    """The store of a pole, not yet open.

    Args:
        tale_of: of what its states tell.
        accounts: of the uplinks, by their names.
    """
    options = config.store
    return Store(
        Path(options.path),
        max_bytes=options.max_mb * 1_000_000,
        max_age_s=options.max_age_s,
        keep_acknowledged_s=options.keep_acknowledged_s,
        buffer_s=options.gather_s,
        positions=wants_of(config),
        formerly=former_names(config),
        boot=clock.boot,
        tale_of=tale_of,
        now=clock.now,
        memory_bytes=min(options.max_mb * 1_000_000, MEMORY_BYTES),
        subject=config.pole.id,
        leaves_out=lambda name, event: accounts[name].thrift.refuses(event),
        on_committed=on_committed,
    )


def _console(socket: str, answers: Answers, on_refused: OnRefused) -> Console:
    return Console(
        Path(socket), answers.status, answers.carry_out, answers.of_part, answers.streams, on_refused=on_refused
    )


def _forget_told(console: Console, _: NoLongerLawful) -> None:
    """What waits in memory for who asks or listens may tell of single vehicles too."""
    console.forget()
    log_tail.forget()


def _refuse_restart(before: Config, config: Config) -> None:
    """Raises NotApplied where a key is another that the running daemon cannot change."""
    if keys := needs_restart(before, config):
        raise NotApplied(
            _("{keys}: takes a change of the file on the pole, and a restart of lamppost").format(keys=", ".join(keys))
        )
