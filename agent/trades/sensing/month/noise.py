"""`lamppost report noise`: levels of a month, Lden of each day, and the hours that the law tells apart."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from agent.aggregation import lden
from agent.plot.svg import rect, text
from agent.trades.sensing.hours import DayLevels
from agent.trades.sensing.limits.emergence import emergence
from agent.trades.sensing.month import reckoning
from agent.trades.sensing.month.charts import PANEL, Panel, dates, panel, scale, scale_lines
from agent.trades.sensing.month.model import Quantity, StationMonth
from agent.trades.sensing.month.paper import BAND, GAP, HEAD, LEFT, MEAN, PAPER, STRIP, Frame, Topic, line, sheet, shown
from agent.trades.sensing.units import LEVELS
from drivers.translation import _

_TITLE, _HEIGHT, _BELOW = 42, 96, 46
_LDEN = _TITLE + _HEIGHT + _BELOW
_FEWEST = 0.75

TOPIC = Topic(_("Noise"))
_LEVEL = re.compile(r"l([acz])(eq|[fsi]max|[fs]min|[fsi]|\d\d|den)(?:_|$)")


def picture(month: StationMonth) -> str:
    """The SVG."""
    parts, y = list[str](), float(HEAD)
    for name, quantity in quantities(month).items():
        by_day = reckoning.days(month, quantity)
        parts += panel(month, Panel(written(name), quantity, zero=False, by_day=by_day), y)
        y += PANEL
        if quantity.levels:
            parts += _levels(month, name, quantity.levels, y)
            y += _LDEN
    return sheet(month, TOPIC, parts, y, [*_notes(month)])


def quantities(month: StationMonth) -> dict[str, Quantity]:
    """The levels."""
    return {name: each for name, each in month.quantities.items() if each.nature.unit in LEVELS}


def written(name: str) -> str:
    """A level as acousticians write it: LAeq, LAFmax and LASmax are different ones."""
    found = _LEVEL.match(name)
    if found is None:
        return name
    weighting, kind = found.groups()
    kind = kind if kind in {"eq", "den"} else kind[0].upper() + kind[1:]
    return f"L{weighting.upper()}{kind}"


def _levels(month: StationMonth, name: str, levels: Mapping[date, DayLevels], top: float) -> Iterator[str]:
    """Lden of each day, with its night beside it."""
    known = {day: each.lden for day, each in levels.items() if each.lden is not None}
    yield text(LEFT - 36, top + 16, _("{name}: Lden of each day, dB").format(name=written(name)), "w")
    yield text(LEFT - 36, top + 33, _of_month(month, list(levels.values())), "f")
    both = [*known.values(), *(each.night for each in levels.values() if each.night is not None)]
    low, high, step = scale(both, (), zero=False)
    frame = Frame(LEFT, top + _TITLE, STRIP, _HEIGHT, low - step, high)
    yield rect(frame.x, frame.y, frame.width, frame.height, PAPER)
    yield from scale_lines(frame, step)
    width = frame.width / len(month.month.days)
    for day in month.month.days:
        x = frame.x + width * (day - month.month.first).days
        if (each := levels.get(day)) is not None and each.lden is not None:
            yield from _bar(each, frame, x, width)
        elif day < month.month.local(month.until_s).date():
            yield rect(x, frame.y, width, frame.height, GAP)
    yield from dates(month.month, frame.bottom + 18)


def _bar(levels: DayLevels, frame: Frame, x: float, width: float) -> Iterator[str]:
    y = frame.up(levels.lden or 0.0)
    yield rect(x + 3, round(y, 1), width - 6, frame.bottom - y, BAND)
    yield text(x + width / 2, y - 3, f"{levels.lden:.0f}", "g", "middle")
    if levels.night is not None:
        y = frame.up(levels.night)
        yield line([(x + 3, y), (x + width - 3, y)], MEAN, 2.2)


def _of_month(month: StationMonth, levels: Sequence[DayLevels]) -> str:
    """What the days come to, averaged as energies; the directive's figure is one of a year."""
    enough = _FEWEST * len(month.month.days)
    found = []
    for words, values in (
        (_("mean of the days, Lden {value} dB"), [each.lden for each in levels]),
        (_("of the nights, Lnight {value} dB"), [each.night for each in levels]),
    ):
        known = [each for each in values if each is not None]
        mean = reckoning.together(known, "energetic") if len(known) >= enough else None
        found += [] if mean is None else [words.format(value=shown(mean))]
    days = _("{count} of {days} days known").format(
        count=sum(each.lden is not None for each in levels), days=len(month.month.days)
    )
    return "  \u00b7  ".join([days, *(found or [_("no mean: fewer than three quarters of the days are known")])])


def _notes(month: StationMonth) -> Iterator[str]:
    hours = month.place.lden_hours or lden.HOURS.get(month.place.law, lden.Hours())
    yield _(
        "Line: levels of hours, each averaged as energy unless its name tells of a highest or an exceeded level. Dark "
        "bars: the day, where 75 % of the hours are known. Hatched: not measured, or too little of the hour. Levels "
        "alone are measured; no sound is recorded."
    )
    words = _(
        "Lden: day {day} to {evening}, evening to {night}, night to {day}, local time (directive 2002/49/EC, annex I, "
        "as the country has set the hours); evening + 5 dB, night + 10 dB. Dark: the night without that. The "
        "directive's figure is one of a year."
    )
    yield words.format(day=_clock(hours.day), evening=_clock(hours.evening), night=_clock(hours.night))
    if month.place.law == "fr":
        yield _emergence()


def _emergence() -> str:
    words = _(
        "Neighbourhood noise ({article}): emergence over the background at most {day:g} dB(A) from {begin} to {end}, "
        "{night:g} dB(A) else, and more for noise of at most 8 hours. It is the difference with and without the "
        "noise that is complained of, which a station cannot tell apart: no level here is an emergence."
    )
    law = emergence()
    begin, end = (_clock(60 * hour) for hour in law.hours)
    return words.format(article=law.article, day=law.day_db, night=law.night_db, begin=begin, end=end)


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
