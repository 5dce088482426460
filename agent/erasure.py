"""Erasure of single stays, where the privacy officer asks for it: their events, and the days of bays."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date
from math import inf
from pathlib import Path
from typing import Any

from msgspec import MsgspecError, Struct, json

from agent.calendars import local_date, local_moment
from agent.clock import Clock, Moment
from agent.config.schema import Config
from agent.console import Answer, Ask
from agent.events import Event
from agent.events.gaps import Erasure
from agent.events.registry import event
from agent.store import Erased, Store, Tale, What
from agent.store.file.beside import copies
from agent.trades.base import Stays, Trade, kinds
from agent.trades.build import BuildContext, Eraser
from drivers.translation import _

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Wanted(Struct, frozen=True):
    """What is to go.

    Args:
        before: stays of which an event happened before this local day began; None: at any time.
        bay: of this bay or zone; None: of any.
    """

    before: date | None
    bay: str | None

    @classmethod
    def of(cls, before: str, bay: str) -> "Wanted":
        """Raises ValueError, in words for a technician: no date of the calendar, or neither is given."""
        if not (before or bay):
            raise ValueError(_("say what is to go: --before DATE, --bay NAME, or both"))
        try:
            day = date.fromisoformat(before if _DATE.fullmatch(before) else "") if before else None
        except ValueError:
            what = _('"{text}" is no day; write year, month and day, "2026-11-25"')
            raise ValueError(what.format(text=before)) from None
        return cls(day, bay or None)

    def holds(self, day: date, place: str) -> bool:
        """Whether the log of that day and place is to go."""
        return (self.before is None or day < self.before) and self.bay in {None, place}

    def what(self, types: frozenset[str], timezone: str) -> What:
        """The events that are to go."""
        before_s = inf if self.before is None else local_moment(self.before, 0, timezone).timestamp()
        return What(types, self.bay, before_s)


async def erase(
    store: Store,
    config: Config,
    trades: Sequence[Trade],
    clock: Clock,
    wanted: Wanted,
    *,
    erasers: Sequence[Eraser] = (),
    **bounds: int,
) -> Answer:
    """What went, JSON-able. Raises StoreError; asked again it goes on where it was.

    Args:
        erasers: of what a running daemon holds in memory as well.
        bounds: see Store.erase.
    """
    stays = [kinds(each).stays for each in trades]
    days = sum([await each(wanted.holds) for each in erasers])
    keys = [key for each in stays for prefix in each.days for key in await store.keys(prefix) if _holds(wanted, key)]
    records = [key for each in stays async for key in _records(store, each, wanted, config.pole.timezone)]
    types = frozenset[str]().union(*(each.types for each in stays))

    def tell(events: int) -> Event:
        before = None if wanted.before is None else wanted.before.isoformat()
        told = Erasure(before=before, bay=wanted.bay, events=events, days=days + len(keys))
        return event(told, config.pole.id, clock.now())

    erased = await store.erase(wanted.what(types, config.pole.timezone), tell, [*keys, *records], **bounds)
    if not (erased.events or erased.states or days or _knows(config, trades, wanted.bay)):
        return {
            "error": _('nothing of "{place}" is kept here, and no bay or zone has that name').format(place=wanted.bay)
        }
    return _answer(erased, days + len(keys), store.path)


def _knows(config: Config, trades: Sequence[Trade], place: str | None) -> bool:
    return place is None or any(place in each.places(config) for each in trades)


def _holds(wanted: Wanted, key: str) -> bool:
    """Whether the log of a day under that key is to go; one that a failing disk has changed is of no day."""
    day = _day_of(key)
    return day is not None and wanted.holds(day, key.rpartition("/")[2])


def _day_of(key: str) -> date | None:
    try:
        return date.fromisoformat(key.split("/")[-2])
    except (ValueError, IndexError):
        return None


async def _records(store: Store, stays: Stays, wanted: Wanted, timezone: str) -> AsyncIterator[str]:
    """Yields the keys of single stays that are to go."""
    for prefix, kind in stays.records.items():
        for key in await store.keys(prefix):
            record, place = await store.load(key, kind), key.rpartition("/")[2]
            days = [] if record is None else [local_date(each.unix_s, timezone) for each in record.moments]
            if any(wanted.holds(day, place) for day in days):
                yield key


def tale_of(trades: Callable[[], Sequence[Trade]], timezone: str, key: str, body: bytes) -> Tale | None:
    """Returns of what single stays a state of the store tells; None: of none, or none that can be read."""
    for stays in (kinds(each).stays for each in trades()):
        if key.startswith(stays.days):
            day = _day_of(key)
            return None if day is None else _tale(stays, key, [local_moment(day, 0, timezone).timestamp()])
        for prefix, kind in stays.records.items():
            if key.startswith(prefix):
                return _tale(stays, key, [each.unix_s for each in _moments(body, kind)])
    return None


def _tale(stays: Stays, key: str, times_s: Sequence[float]) -> Tale | None:
    return Tale(stays.types, key.rpartition("/")[2], min(times_s)) if times_s else None


def _moments(body: bytes, kind: type[Any]) -> Sequence[Moment]:
    try:
        moments: Sequence[Moment] = json.decode(body, type=kind).moments
    except MsgspecError:
        return ()
    return moments


def _answer(erased: Erased, days: int, store: Path) -> Answer:
    return {
        "events": erased.events,
        "days": days,
        "overwritten": erased.overwritten,
        "untouched": [str(each) for each in copies(store)],
    }


class Erasures:
    """
    Args:
        context: of what was built.
    """

    def __init__(self, context: BuildContext, trades: Callable[[], Sequence[Trade]]) -> None:
        self._context, self._trades = context, trades

    async def answer(self, ask: Ask) -> Answer:
        """Erases `ask.day` (before it) and `ask.device` (the bay). Raises StoreError."""
        try:
            wanted = Wanted.of(ask.day, ask.device)
        except ValueError as error:
            return {"error": str(error)}
        context = self._context
        erasers = [*context.built.erasers.values()]
        return await erase(context.store, context.config, self._trades(), context.clock, wanted, erasers=erasers)
