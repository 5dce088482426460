"""The sheet that every picture of a month is drawn on: its measures, colours, head and foot."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from textwrap import wrap
from typing import NamedTuple

from agent.plot.svg import FAINT, document, fitting, text
from agent.trades.sensing.event_types import Standing
from agent.trades.sensing.hours import StationDay
from agent.trades.sensing.month.model import StationMonth
from drivers.translation import _

WIDTH, LEFT, RIGHT = 1120, 64, 1092
STRIP, COURSE_LEFT, COURSE = 732, 872, 220
HEAD, FOOT_LINE, MARGIN = 128, 16, 28
TITLE, LEAST_TITLE = 24, 11
GRID, PAPER, GAP = "#d5dce4", "#f7f9fb", "url(#gap)"
LINE, BAND, MEAN, ALARM = "#2c5f8a", "#bdd3e6", "#12324d", "#b3261e"

_STYLE = (
    f"text{{font-size:12px}}.t{{font-size:{TITLE}px;font-weight:bold}}"
    ".s{font-size:14px}.w{font-size:15px;font-weight:bold}"
    ".f{fill:" + FAINT + ";font-size:11px}.lh{fill:" + ALARM + ";font-size:11px}.v{font-size:12px;font-weight:bold}"
    ".g,.gh{fill:" + FAINT + ";font-size:10px}.b{font-size:13px;font-weight:bold}"
    ".lh,.gh{paint-order:stroke;stroke:#fff;stroke-width:3px}"
)
# A gap differs from a low value in its pattern: not every printer has colours.
_PATTERNS = (
    '<defs><pattern id="gap" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="7" height="7" fill="#eef0f2"/><rect width="1.4" height="7" fill="#b7bec7"/></pattern></defs>'
)
_LINE_LETTERS = 165


class Frame(NamedTuple):
    """A rectangle with a scale upwards; `low` and `high` are at its bottom and at its top."""

    x: float
    y: float
    width: float
    height: float
    low: float
    high: float

    def up(self, value: float) -> float:
        """The place of a value; one beyond the scale lies at its end."""
        share = (value - self.low) / (self.high - self.low)
        return self.y + self.height * (1 - min(1.0, max(0.0, share)))

    def across(self, share: float) -> float:
        return self.x + self.width * share

    @property
    def bottom(self) -> float:
        return self.y + self.height


class Topic(NamedTuple):
    """What of a station is shown.

    Args:
        title: "Air"
        by_law: the directive has methods for it.
    """

    title: str
    by_law: bool = False


def sheet(month: StationMonth, topic: Topic, panels: Iterable[str], bottom: float, notes: Sequence[str]) -> str:
    """The whole SVG.

    Args:
        bottom: where the panels end.
        notes: for the foot.
    """
    lines = [line for note in notes for line in _wrapped(note)]
    foot = [text(LEFT - 36, bottom + 20 + number * FOOT_LINE, line, "f") for number, line in enumerate(lines)]
    height = round(bottom + 20 + len(lines) * FOOT_LINE + MARGIN / 2)
    return document(WIDTH, height, _STYLE, [_PATTERNS, *_head(month, topic), *panels, *foot])


def _wrapped(note: str) -> list[str]:
    """Lines of a note; the first one is marked."""
    first, *others = wrap(note, _LINE_LETTERS, break_on_hyphens=False)
    return ["\u2022 " + first, *("\u2007 " + each for each in others)]


def _head(month: StationMonth, topic: Topic) -> Iterator[str]:
    place, first = month.place, month.month.first
    words = _("{what}: {station}, {month:%B %Y}").format(what=topic.title, station=month.title, month=first)
    yield text(LEFT - 36, 40, words, "t", size=fitting(words, TITLE, RIGHT - LEFT + 36, LEAST_TITLE))
    where = _("pole {site}/{pole}; local time ({timezone})")
    where = where.format(site=place.site, pole=place.pole, timezone=place.timezone)
    if month.until_s < month.month.end_s:
        at = month.month.local(month.until_s)
        where += _("; as it was on {day} {time:%B, %H:%M}").format(day=at.day, time=at)
    yield text(LEFT - 36, 62, where, "f")
    yield from _standing(place, topic)


def _standing(place: StationDay, topic: Topic) -> Iterator[str]:
    bold, more = standing_words(place.standing, topic)
    colour = "#fdf3d8" if place.standing != "reference" else "#e7f3ea"
    edge = "#c79a1b" if place.standing != "reference" else "#3f8f5b"
    yield (
        f'<rect x="{LEFT - 36}" y="74" width="{RIGHT - LEFT + 36}" height="38" rx="4" fill="{colour}" stroke="{edge}"/>'
    )
    yield text(LEFT - 24, 90, bold, "b")
    yield text(LEFT - 24, 105, more, "f")


def standing_words(standing: Standing, topic: Topic) -> tuple[str, str]:
    """What may be said of such data, in bold and beside it."""
    of_law = _("By a reference method of directive (EU) 2024/2881, as the operator states.")
    if standing == "reference":
        return _("Reference measurement"), of_law if topic.by_law else _("As the operator states.")
    if standing == "indicative" and topic.by_law:
        bold = _("Indicative measurement: no finding on a limit value")
        return bold, _("An indicative measurement of directive (EU) 2024/2881, as the operator states.")
    bold = _("Sensor data: no finding on a limit value")
    if topic.by_law:
        return bold, _(
            "Sensor data, not shown to be as good as the law asks: they tell how it changes, not if a limit is met."
        )
    return bold, _("Measured by a pole in the street: it tells how it changes, and is no finding of an authority.")


def path(points: Sequence[tuple[float, float]]) -> str:
    """The data of a path; steps take half the room of slopes."""
    written = [(f"{x:.1f}", f"{y:.1f}") for x, y in points]
    return f"M{written[0][0]} {written[0][1]}" + "".join(_to(*each) for each in pairwise(written))


def _to(before: tuple[str, str], here: tuple[str, str]) -> str:
    (old_x, old_y), (x, y) = before, here
    if y == old_y:
        return "" if x == old_x else f"H{x}"
    return f"V{y}" if x == old_x else f"L{x} {y}"


def line(points: Sequence[tuple[float, float]], colour: str, width: float, dash: str = "none") -> str:
    return (
        f'<path d="{path(points)}" fill="none" stroke="{colour}" stroke-width="{width}" '
        f'stroke-linejoin="round" stroke-dasharray="{dash}"/>'
    )


def area(upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]], colour: str) -> str:
    return f'<path d="{path([*upper, *reversed(lower)])}Z" fill="{colour}"/>'


def shown(value: float) -> str:
    """A value with three figures or so."""
    size = abs(value)
    return (
        f"{value:.0f}"
        if size >= 100
        else f"{value:.1f}"
        if size >= 10
        else f"{value:.2g}"
        if size < 1
        else f"{value:.1f}"
    )


def unit_words(unit: str) -> str:
    """A unit as people write it."""
    return {"ug/m3": "µg/m³", "mg/m3": "mg/m³", "Cel": "°C", "deg": "°", "W/m2": "W/m²", "1": ""}.get(
        unit, unit.strip("[]")
    )
