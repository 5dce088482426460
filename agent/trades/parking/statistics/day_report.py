"""One day as it is handed to whoever draws it, and which day a technician means."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Protocol, TypeVar

from msgspec import Struct

from agent.trades.parking.statistics.day_log import DayLog
from agent.trades.parking.statistics.days import LocalDay, day_at, local_day
from agent.trades.parking.statistics.occupancy_log import Checkpoint
from drivers.translation import _

DAYS = "day/"
"""Keys of the logs begin so; then the day and the bay."""

CHECKPOINT = "figures"
"""Key of what a restart has to know."""

PLACE = "figures/place"
"""Key of where and whose the logs are: who reads a copy of the store at a desk has no configuration."""

_WORDS = ("today", "yesterday")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


S = TypeVar("S", bound=Struct)


class Place(Struct, frozen=True):
    """The place and the groups of the bays.

    Args:
        timezone: IANA name.
        groups: of each bay; None: it has none.
        labels: of bays and groups that have one, as people call them.
    """

    site: str
    pole: str
    timezone: str
    groups: dict[str, str | None]
    labels: dict[str, str] = {}

    def label(self, name: str) -> str:
        """Returns the label of a bay or a group; its name, where it has none."""
        return self.labels.get(name, name)


class DayReport(Struct, frozen=True):
    """A day of all bays.

    Args:
        known_until_unix_s: up to then the logs were written; what is later has not happened, or nobody was there.
        logs: by bay; of a bay without one nothing is known.
    """

    place: Place
    day: date
    known_until_unix_s: float
    logs: dict[str, DayLog]

    @property
    def local_day(self) -> LocalDay:
        return local_day(self.day, self.place.timezone)

    @property
    def until_s(self) -> int:
        """Seconds of the day that are known, the one that has begun among them: what was noted last lies in it."""
        return min(self.local_day.length_s, self.local_day.at_s(self.known_until_unix_s) + 1)


class SyncStateReader(Protocol):
    """A store that is read at once."""

    def load(self, key: str, kind: type[S]) -> S | None: ...

    def keys(self, prefix: str) -> dict[str, int]: ...


def read_day_report(store: SyncStateReader, day: str, now_unix_s: float) -> DayReport:
    """Reads the report of a day from the file of a store. Raises ValueError, in words for a technician, where there
    is no such day."""
    place, seen = store.load(PLACE, Place), store.load(CHECKPOINT, Checkpoint)
    if place is None or seen is None:
        raise ValueError(_("the store knows of no bays"))
    kept = sorted({each for key in store.keys(DAYS) if (each := day_of(key)) is not None})
    chosen = meant_day(day, now_unix_s, place.timezone, kept)
    logs = {bay_of(key): store.load(key, DayLog) for key in store.keys(f"{DAYS}{chosen}/")}
    return DayReport(place, chosen, seen.at.unix_s, {bay: log for bay, log in logs.items() if log is not None})


def check_day(text: str) -> None:
    """Raises ValueError, in words for a technician, for what is no date of the calendar nor one of two words."""
    if text in _WORDS:
        return
    try:
        date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        what = _('write year, month and day, "2026-11-25", or "today" or "yesterday"')
        raise ValueError(_('"{text}" is no day; {what}').format(text=text, what=what)) from None


def meant_day(text: str, now_unix_s: float | None, timezone: str, kept: Sequence[date]) -> date:
    """The day of which there are logs.

    Args:
        now_unix_s: None: the clock is not set.

    Raises ValueError, in words for a technician: no day, one that has not begun, one of which nothing is kept.
    """
    check_day(text)
    today = None if now_unix_s is None else day_at(now_unix_s, timezone).day
    if text in _WORDS:
        if today is None:
            raise ValueError(_('the clock of the pole is not set: write the day as year, month and day, "2026-11-25"'))
        day = today - timedelta(days=text == "yesterday")
    else:
        day = date.fromisoformat(text)
    if today is not None and day > today:
        raise ValueError(_("{day} has not begun: at the pole it is {today}").format(day=day, today=today))
    if day not in kept:
        there = _("no day of a bay is kept yet")
        if kept:
            there = _("kept are days from {first} to {last}").format(first=min(kept), last=max(kept))
        raise ValueError(_("nothing is kept of {day}: {there}").format(day=day, there=there))
    return day


def key_of(day: date, bay: str) -> str:
    return f"{DAYS}{day}/{bay}"


def day_of(key: str) -> date | None:
    """Returns the day that a key names; None for a key that a failing disk has changed."""
    try:
        return date.fromisoformat(key.split("/")[1])
    except (IndexError, ValueError):
        return None


def bay_of(key: str) -> str:
    return key.rpartition("/")[2]
