"""`lamppost report air`, `noise` and `weather`: a month of a station as a picture, of the daemon or of a store."""

import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from agent.config.problems import nearest
from agent.console_client import OtherVersion
from agent.plot import svg
from agent.store import StoreError
from agent.store.file.copy import StoreCopy
from agent.trades.sensing.month import air, noise, weather
from agent.trades.sensing.month.model import StationMonth, meant_month, station_month
from agent.trades.sensing.month.source import Daemon, Desk, Kept, Source
from drivers.translation import _


class Report(NamedTuple):
    """One of the pictures.

    Args:
        shows: which quantities of a month are in it.
        none: that there is none of them.
    """

    picture: Callable[[StationMonth], str]
    shows: Callable[[StationMonth], Collection[str] | Mapping[str, Any]]
    none: str


REPORTS = {
    "air": Report(air.picture, air.quantities, _("no quantity is of the air, as those in ug/m3 or [ppm] are")),
    "noise": Report(noise.picture, noise.quantities, _("no quantity is a level in dB")),
    "weather": Report(weather.picture, weather.quantities, _("every quantity is a level, or of the air")),
}


class Wanted(NamedTuple):
    """What is asked for.

    Args:
        topic: "air", "noise" or "weather".
        month: "2026-11", "this" or "last".
        station: "": the only one.
    """

    topic: str
    month: str
    station: str
    out: Path


def run(wanted: Wanted, socket: Path, store: Path | None) -> int:
    """0: the picture is there; 1: it is not, and why."""
    try:
        if store is None:
            return _drawn(wanted, Daemon(socket))
        with StoreCopy(store) as copy:
            return _drawn(wanted, Desk(copy))
    except OtherVersion:
        return 1
    except (StoreError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


def _drawn(wanted: Wanted, source: Source) -> int:
    """Raises ValueError, in words for a technician."""
    kept = source.kept()
    if kept is None:
        return 1
    month = _month(wanted, source, kept)
    report = REPORTS[wanted.topic]
    if not report.shows(month):
        raise ValueError(_("station {station}: {why}").format(station=month.station, why=report.none))
    svg.save(wanted.out, report.picture(month))
    words = _("{topic} of {station}, {month}: {out}")
    print(words.format(topic=wanted.topic, station=month.station, month=f"{month.month.first:%Y-%m}", out=wanted.out))
    return 0


def _month(wanted: Wanted, source: Source, kept: Kept) -> StationMonth:
    station = _station(wanted.station, kept)
    days = kept.days[station]
    if (last := source.day(station, days[-1])) is None:
        raise ValueError(_("the records of {station} cannot be read").format(station=station))
    month = meant_month(wanted.month, kept.until_s, last.timezone)
    found = {day: source.day(station, day) for day in month.utc_days if day in days}
    records = {day: each for day, each in found.items() if each is not None}
    whole = station_month(station, month, kept.until_s, records) if records else None
    if whole is None or not any(each.hours or each.levels for each in whole.quantities.values()):
        what = _("nothing of {month} is kept: there are days from {first} to {last}, and [sensing] keep_days of them")
        raise ValueError(what.format(month=f"{month.first:%Y-%m}", first=days[0], last=days[-1]))
    return whole


def _station(name: str, kept: Kept) -> str:
    known = sorted(kept.days)
    if not known:
        raise ValueError(_('no hour of a station is kept: give its quantities windows with "1h", and wait for one'))
    if name in known:
        return name
    if not name and len(known) == 1:
        return known[0]
    which = _("say --station, one of {known}") if not name else _('there is no station "{name}"; there are {known}')
    near = nearest(name, known) if name else None
    hint = _('; did you mean "{near}"?').format(near=near) if near else ""
    raise ValueError(which.format(name=name, known=", ".join(known)) + hint)
