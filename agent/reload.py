"""Another configuration for a pole that runs: what it touches is built anew, everything else goes on.

What a unit is made of says whether it is touched (`agent.trades.units`). First nobody is inside the gate of orders, and
the tasks of what is touched end. Then, while no reading is on its way, the old units are taken out and the new ones are
built from their states in the store, as after a restart.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct, structs

from agent.assembly import Builder, Built
from agent.config.problems import label
from agent.config.schema import Config
from agent.crew import READINGS_S, Crew
from agent.gate import StillInside
from agent.store import StoreError
from agent.trades.units import Share, Unit
from drivers.translation import _

log = logging.getLogger(__name__)


class NotApplied(Exception):
    """The old configuration goes on, as it was; why, in words for a technician."""


def needs_restart(old: Config, new: Config) -> tuple[str, ...]:
    """The keys that differ, and that a process keeps from its start to its end: "[pole] id"."""
    pole = [key for key in ("id", "site", "clock", "socket") if getattr(old.pole, key) != getattr(new.pole, key)]
    both = ("pole", pole), ("store", _differing(old.store, new.store))
    return tuple(label((table,), (key,)) for table, keys in both for key in keys)


def _differing(old: Struct, new: Struct) -> list[str]:
    both = zip(structs.fields(old), structs.astuple(old), structs.astuple(new), strict=True)
    return [field.encode_name for field, before, after in both if before != after]


def touched(before: Mapping[str, Unit], after: Mapping[str, Unit]) -> set[str]:
    """Keys of what has to be taken out or built, whatever needs such a unit included."""
    keys = {key for key in {*before, *after} if _made_of(before.get(key)) != _made_of(after.get(key))}
    units = [*before.values(), *after.values()]
    while more := {unit.key for unit in units if unit.key not in keys and keys.intersection(unit.needs)}:
        keys |= more
    return keys


def _made_of(unit: Unit | None) -> tuple[object, ...] | None:
    return None if unit is None else (unit.made_of, unit.needs)


class Reload:
    """Applies configurations to what a builder has built and a crew runs; one at a time."""

    def __init__(self, builder: Builder, crew: Crew) -> None:
        self._builder, self._crew, self._turn = builder, crew, asyncio.Lock()

    async def apply(self, config: Config) -> frozenset[str]:
        """Make it the one in force; the keys of the units that were touched.

        Raises:
            NotApplied: it is not, by a defect or because something hangs.
            StoreError: it cannot be gone back to the old one, since states cannot be read.
        """
        async with self._turn:
            try:
                async with self._builder.built.orders.closed():
                    return await self._apply(config)
            except StillInside:
                raise NotApplied(_("a part of the daemon is busy for too long; try again later")) from None

    async def _apply(self, config: Config) -> frozenset[str]:
        builder, before = self._builder, self._builder.config
        units, was_unbuilt = {key: each.unit for key, each in builder.units.items()}, builder.isolation.unbuilt
        failed: set[str] = set()
        builder.lost.clear()
        try:
            new = await self._planned(config)
            keys = touched(units, new)
            failed = builder.isolation.unbuilt - was_unbuilt
            if not failed:
                await self._exchange(keys, new)
                failed = builder.isolation.unbuilt - was_unbuilt
        except StillInside:
            await self._planned(before)
            self._start(set(units))
            raise
        except StoreError as error:
            log.error("states cannot be read for the new configuration (%s): the old one goes on", error)
            failed = {"store"}
        if failed:
            await self._go_back(before, units, failed)
        self._start(keys)
        return frozenset(keys)

    async def _go_back(self, before: Config, units: Mapping[str, Unit], failed: set[str]) -> None:
        present = {key: each.unit for key, each in self._builder.units.items()}
        self._builder.forget(failed)
        old = await self._planned(before)
        keys = {key for key in {*units, *present} if units.get(key) is not present.get(key)}
        if keys:
            await self._exchange(keys, old)
        self._start(keys)
        raise NotApplied(
            _("a defect of lamppost keeps {parts} from being built: see the log").format(
                parts=", ".join(sorted(failed))
            )
        )

    async def _planned(self, config: Config) -> dict[str, Unit]:
        self._builder.config = config
        self._builder.follow()
        return {unit.key: unit for unit in await self._builder.planned()}

    async def _exchange(self, keys: set[str], new: Mapping[str, Unit]) -> None:
        """Take out what is touched, and build what there is to be in its place."""
        builder = self._builder
        going = [built for key, built in builder.units.items() if key in keys]
        await self._crew.stop(each.share for each in going)
        for built in reversed(going):
            await builder.release(built)
        async with builder.built.readings.closed(READINGS_S):
            await self._keep_counts(going)
            for built in reversed(going):
                builder.remove(built.unit.key)
            builder.forget([built.unit.key for built in going], new)
            await builder.identify()
            for key, unit in new.items():
                if key in keys:
                    await builder.add(unit)
            builder.show(list(new))
            self._crew.show()

    def _start(self, keys: set[str]) -> None:
        self._crew.start(built.share for key, built in self._builder.units.items() if key in keys)

    async def _keep_counts(self, going: Sequence[Built]) -> None:
        await keep_counts(self._builder, [each.share for each in going])


async def keep_counts(builder: Builder, shares: Sequence[Share]) -> None:
    """Writes, at an orderly end and in one transaction, what rules write only now and then to spare the disk."""
    counts: dict[str, Struct] = {}
    for runner in (each for share in shares for each in share.runners):
        counts |= builder.isolation.part(runner.key).ask(partial(_unsaved, runner)) or {}
    if counts:
        try:
            await builder.store.commit((), counts)
        except StoreError:
            log.debug("counts of %d rules were not written, which the store has told", len(counts))


def _unsaved(runner: Any) -> dict[str, Any]:
    return dict(runner.unsaved_at_shutdown)
