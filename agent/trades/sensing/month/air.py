"""`lamppost report air`: the pollutants of a month against the limits of the directive."""

from collections.abc import Iterator
from datetime import date
from typing import get_args

from msgspec import structs

from agent.trades.sensing.event_types import Pollutant
from agent.trades.sensing.limits import Limit, limits
from agent.trades.sensing.month import index_strip, reckoning
from agent.trades.sensing.month.charts import PANEL, Mark, Panel, panel
from agent.trades.sensing.month.model import Quantity, StationMonth
from agent.trades.sensing.month.paper import HEAD, Topic, sheet, unit_words
from drivers.translation import _, ngettext

NAMES: dict[Pollutant, str] = {
    "PM2.5": "PM2.5",
    "PM10": "PM10",
    "NO2": "NO\u2082",
    "O3": "O\u2083",
    "SO2": "SO\u2082",
    "CO": "CO",
}

CONCENTRATIONS = frozenset({"ug/m3", "mg/m3", "[ppm]", "[ppb]", "/cm3", "/dL"})

TOPIC = Topic(_("Air"), by_law=True)


def picture(month: StationMonth) -> str:
    """The SVG."""
    parts, y, found = list[str](), float(HEAD), quantities(month)
    for name, quantity in found.items():
        parts += panel(month, _panel(month, name, quantity), y)
        y += PANEL
    if index := index_strip.strip(month, y):
        parts += index
        y += index_strip.HEIGHT
    return sheet(month, TOPIC, parts, y, [*_notes(month)])


def quantities(month: StationMonth) -> dict[str, Quantity]:
    """Returns the pollutants, in the order of the directive's table, and behind them what else is in the air."""
    order = [*get_args(Pollutant), None]
    found = {name: each for name, each in month.quantities.items() if is_of_air(each)}
    return dict(sorted(found.items(), key=lambda each: order.index(each[1].nature.pollutant)))


def is_of_air(quantity: Quantity) -> bool:
    """Whether it is a pollutant, or so much of something in the air: carbon dioxide, a second sensor's particles."""
    return quantity.nature.pollutant is not None or quantity.nature.unit in CONCENTRATIONS


def _panel(month: StationMonth, name: str, quantity: Quantity) -> Panel:
    pollutant = quantity.nature.pollutant
    by_day = _by_day(month, quantity)
    title = name.replace("_", " ") if pollutant is None else NAMES[pollutant]
    known = [each for each in limits().limit if each.pollutant == pollutant and each.unit == quantity.nature.unit]
    marks = [Mark(each.value, _line(each)) for each in _drawn(known)]
    return Panel(title, quantity, marks, by_day=by_day, said=[*_said(month, quantity, known, by_day)])


def _by_day(month: StationMonth, quantity: Quantity) -> dict[date, float | None]:
    """What the limits of days are held against: of ozone the highest eight hours, else the mean."""
    if quantity.nature.pollutant == "O3":
        return reckoning.eight_hours(month, quantity)
    return reckoning.days(month, quantity)


def _drawn(known: list[Limit]) -> Iterator[Limit]:
    """One line for each value of a day or an hour; what later is allowed less often alone is one, of no date."""
    lines: dict[tuple[float, str], Limit] = {}
    for each in known:
        if each.over != "year":
            before = lines.setdefault((each.value, each.over), each)
            if before is not each and before.kind == each.kind == "limit":
                lines[each.value, each.over] = structs.replace(each, met_by=None, until=None)
    yield from lines.values()


def _line(limit: Limit) -> str:
    over = {"day": _("day"), "hour": _("hour"), "8h": _("8 hours"), "year": _("year")}[limit.over]
    kind = {
        "limit": _("limit"),
        "target": _("target"),
        "information": _("information threshold"),
        "alert": _("alert threshold"),
    }[limit.kind]
    words = _("{kind} {value:g}, {over}").format(kind=kind, value=limit.value, over=over)
    if limit.until is not None:
        return _("{words} (until {year})").format(words=words, year=limit.until.year)
    if limit.met_by is not None and limit.met_by.year >= 2030:
        return _("{words} (from {year})").format(words=words, year=limit.met_by.year)
    return words


def _said(
    month: StationMonth, quantity: Quantity, known: list[Limit], by_day: dict[date, float | None]
) -> Iterator[str]:
    """Yields how many days were above each limit of days; how many are allowed is not for the data of a sensor."""
    days = [value for value in by_day.values() if value is not None]
    found = [each for each in known if each.over in {"day", "8h"} and each.kind in {"limit", "target"}]
    for each in found[:2]:
        above = sum(value > each.value for value in days)
        words = ngettext(
            "{above} of {known} known days above {value:g}", "{above} of {known} known days above {value:g}", above
        ).format(above=above, known=len(days), value=each.value)
        if month.place.standing == "sensor":
            words += _(", by this sensor")
        elif each.allowed is not None:
            words += _("; the directive allows {allowed} a year").format(allowed=each.allowed)
        yield words


def _notes(month: StationMonth) -> Iterator[str]:
    """Yields the foot: how to read it, and where the limits come from."""
    table = limits()
    yield _(
        "Line: hourly means. Dark bars: means of days (of ozone: the highest mean of 8 hours), where 75 % of the "
        "hours are known. Hatched: not measured, or too little of the hour; nothing is drawn into a gap."
    )
    yield _("Red: {title}, as read on {read}: {sources}").format(
        title=table.title, read=table.read, sources="; ".join(each.url for each in table.source)
    )
    years = [each for each in table.limit if each.over == "year" and each.pollutant in _pollutants(month)]
    if years:
        words = "; ".join(_of_year(each) for each in years)
        yield _("Limits of a year, which no month can be held against: {limits}.").format(limits=words)
    if month.place.setting is not None:
        yield _("Setting of the station: {setting}.").format(setting=month.place.setting)
    if month.place.law == "fr":
        yield _("The index ATMO is that of the approved associations, and is not reckoned here.")


def _pollutants(month: StationMonth) -> set[Pollutant]:
    return {each.nature.pollutant for each in month.quantities.values() if each.nature.pollutant is not None}


def _of_year(limit: Limit) -> str:
    since = _("until {year}").format(year=limit.until.year) if limit.until else _("from 2030")
    return f"{NAMES[limit.pollutant]} {limit.value:g} {unit_words(limit.unit)} ({since})"
