"""What the pole tells about itself: to the city, to a technician and to systemd."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from msgspec import structs

from agent import inventory, report
from agent.assembly import Builder
from agent.box import Box, read_box
from agent.configuration.in_force import InForce, Problem
from agent.console import Answer
from agent.documents.documents import Documents
from agent.events import Event
from agent.events.configuration import ConfigurationChanged
from agent.events.pole import Health
from agent.events.registry import event
from agent.modem import ModemReader
from agent.security import SecurityLog
from agent.store import Position, PositionStatus, StoreError
from agent.supervise import Supervisor
from agent.uplink.uplinks import Uplinks
from drivers.translation import _

log = logging.getLogger(__name__)

T = TypeVar("T")


class AboutPole:
    """Makes and sends what the pole tells about itself.

    Args:
        builder: of its parts; its configuration is the one in force.
        supervisors: of its drivers.
        in_force: where the configuration is from, and what is wrong with any other; None: it is from no file.
    """

    uplinks: Uplinks
    documents: Documents
    security: SecurityLog
    """All are there once they are opened, before anything is told."""

    def __init__(self, builder: Builder, supervisors: list[Supervisor], in_force: InForce | None) -> None:
        self._builder, self._supervisors, self.in_force = builder, supervisors, in_force
        self._began = self._applied = builder.clock.now()
        self._modem = ModemReader()
        self._last_told: Health | None = None
        self._not_kept: str | None = None

    @property
    def health(self) -> Health | None:
        """What the last heartbeat told, by the configuration that is in force now; None: there was none yet."""
        last, now = self._last_told, self.in_force
        if last is None or now is None:
            return last
        return structs.replace(last, config_sha256=now.sha256, config_source=now.source)

    def follow(self, in_force: InForce) -> None:
        """Another configuration is in force from now on."""
        self.in_force, self._applied = in_force, self._builder.clock.now()

    def find_wrong(self, problem: Problem) -> None:
        """What is wrong with a configuration that is not in force."""
        if self.in_force is not None:
            self.in_force = structs.replace(self.in_force, problem=problem)

    def find_not_kept(self, reason: str | None) -> None:
        """Why the folder beside the store keeps no configuration; None: it does."""
        self._not_kept = reason

    def inventory(self) -> Mapping[str, Any]:
        """Returns the inventory, JSON-able, as far as the status has room for it; nothing, where a defect keeps it from
        being made."""
        made = self._builder.isolation.part("inventory").ask(lambda: self._described(inventory.inventory))
        return inventory.within(made or {})

    async def tell_birth(self) -> None:
        """Sends the inventory as an event, or as several."""
        births = self._builder.isolation.part("inventory").ask(lambda: self._described(inventory.births))
        if births is not None:
            await self._publish(*births)

    async def tell(self, said: ConfigurationChanged) -> None:
        """Sends what became of a configuration."""
        await self._publish(event(said, self._builder.config.pole.id, self._builder.clock.now()))

    async def heartbeat(self) -> None:
        """Sends a heartbeat each [pole] status_period_s, until cancelled."""
        while True:
            full = await self.status()
            self._last_told = report.health(full)
            builder = self._builder
            told = report.heartbeat(builder.config, builder.clock.now(), full, builder.trades, builder.isolation)
            await self._publish(told)
            await asyncio.sleep(self._builder.config.pole.status_period_s)

    async def alive(self) -> str:
        """Returns one line for systemd. Hangs, and so stops the watchdog, when the store's thread does; a store that
        fails is no reason to restart."""
        with suppress(StoreError):
            await self._builder.store.status()
        waiting = self._builder.store.depth()
        down = sum(1 for one in self._supervisors if one.down_because is not None)
        broker = _("connected") if all(each.status.connected for each in self.uplinks) else _("no broker")
        words = _("{up} devices up, {down} down; {broker}; {waiting} events waiting")
        return words.format(up=len(self._supervisors) - down, down=down, broker=broker, waiting=waiting)

    async def status(self) -> Answer:
        """Returns everything a technician may ask, JSON-able."""
        builder = self._builder
        # Apart from the event loop: a disk may be slow to say how full it is.
        look = partial(asyncio.to_thread, read_box, Path(builder.config.store.path).parent)
        box = await builder.isolation.part("box").attempt(look) or Box()
        modem = await builder.isolation.part("modem").attempt(self._modem.read)
        return report.status(
            builder.config,
            now=builder.clock.now(),
            began=self._began,
            applied=self._applied,
            components=builder.built,
            supervisors=self._supervisors,
            uplinks=self.uplinks.by_name,
            positions=await self._positions(),
            store=await builder.store.status(),
            isolation=builder.isolation,
            box=box,
            modem=None if modem is None else structs.asdict(modem),
            in_force=self.in_force,
            not_kept=self._not_kept,
            documents=self.documents.rows(),
            security=self.security.status(),
            heard={name: [told.as_json for told in master.line.told()] for name, master in builder.masters.items()},
        )

    async def _positions(self) -> Mapping[str, PositionStatus]:
        """How far each uplink is, but for one that a reload has not told the store of yet."""
        known = dict[str, Position]()
        for name in self._builder.config.uplink:
            with suppress(KeyError):
                known[name] = self._builder.store.position(name)
        return {name: await each.status() for name, each in known.items()}

    def _described(self, tell: Callable[..., T]) -> T:
        builder = self._builder
        now, isolation = builder.clock.now(), builder.isolation
        return tell(builder.config, now, builder.identified, self.in_force, trades=builder.trades, isolation=isolation)

    async def _publish(self, *said: Event) -> None:
        """Events of the pole itself, which the next ones replace: not worth stopping for."""
        try:
            await self._builder.store.commit(said, {})
        except StoreError:
            log.debug("%s was not written, and the store has told why", said[0].type)
