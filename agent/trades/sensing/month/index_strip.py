"""The European Air Quality Index of a month: a strip of its hours."""

from collections.abc import Iterator
from itertools import groupby

from agent.aggregation.periods import HOUR_S
from agent.plot.svg import rect, text
from agent.trades.sensing.event_types import Pollutant
from agent.trades.sensing.limits.index import index_of, table
from agent.trades.sensing.month.charts import dates, x_of
from agent.trades.sensing.month.model import StationMonth
from agent.trades.sensing.month.paper import LEFT, RIGHT, STRIP, Frame
from drivers.translation import _

HEIGHT, _BAR = 118.0, 26.0
_TOP = 42.0

# The colours of the agency's own viewer, from good to extremely poor.
_COLOURS = ("#50f0e6", "#50ccaa", "#f0e641", "#ff5050", "#960032", "#7d2181")
_NAMES = (_("good"), _("fair"), _("moderate"), _("poor"), _("very poor"), _("extremely poor"))
_GAP = "url(#gap)"


def strip(month: StationMonth, top: float) -> list[str]:
    """The strip with its title and dates; nothing of a station that has no index: its setting is not said, or it does
    not measure what an index needs."""
    levels = _levels(month)
    if not any(each is not None for each in levels.values()):
        return []
    frame = Frame(LEFT, top + _TOP, STRIP, _BAR, 0, 1)
    return [*_head(levels, top), *_bars(month, levels, frame), *dates(month.month, frame.bottom + 20)]


def _levels(month: StationMonth) -> dict[int, int | None]:
    """The level of each hour that is over, by its begin; None: an index needs more than is known."""
    setting, found = month.place.setting, dict[int, int | None]()
    if setting is None:
        return found
    for begin_s in month.elapsed:
        values = dict[Pollutant, float | None]()
        for quantity in month.quantities.values():
            hour, pollutant = quantity.hours.get(begin_s), quantity.nature.pollutant
            if hour is not None and pollutant is not None and quantity.nature.unit == "ug/m3":
                values[pollutant] = hour.value
        found[begin_s] = index_of(values, setting).level
    return found


def _head(levels: dict[int, int | None], top: float) -> Iterator[str]:
    by, known = table(), [each for each in levels.values() if each is not None]
    yield text(LEFT - 36, top + 16, _("European Air Quality Index"), "w")
    said = _("{known} of {count} hours; hourly means, the worst pollutant rules ({version}, read on {read})")
    said = said.format(known=len(known), count=len(levels), version=by.version, read=by.read)
    yield text(LEFT - 36, top + 33, said, "f")
    at = float(RIGHT)
    for level in range(len(_NAMES), 0, -1):
        words = _("{name} {hours} h").format(name=_NAMES[level - 1], hours=known.count(level))
        at -= 7.0 * len(words) + 4
        yield text(at, top + 16, words, "f")
        yield rect(at - 14, top + 7, 10, 10, _COLOURS[level - 1])
        at -= 24


def _bars(month: StationMonth, levels: dict[int, int | None], frame: Frame) -> Iterator[str]:
    """Yields a bar for each run of hours of one level; what is not known has the pattern of gaps."""
    for level, run in groupby(levels.items(), key=lambda each: each[1]):
        begins = [begin_s for begin_s, _level in run]
        x, end = (x_of(month.month, frame, at) for at in (begins[0], begins[-1] + HOUR_S))
        yield rect(x, frame.y, end - x, _BAR, _GAP if level is None else _COLOURS[level - 1])
