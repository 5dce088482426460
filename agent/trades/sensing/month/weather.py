"""`lamppost report weather`: temperature, humidity, pressure, rain and wind of a month, with the rose of its winds."""

from collections.abc import Iterator
from datetime import date

from agent.plot.svg import text
from agent.trades.sensing.month import air, reckoning, rose
from agent.trades.sensing.month.charts import PANEL, Panel, panel
from agent.trades.sensing.month.model import Quantity, StationMonth
from agent.trades.sensing.month.paper import HEAD, LEFT, Topic, sheet
from agent.trades.sensing.units import ANGLE, LEVELS
from drivers.translation import _

ROSE, _RADIUS = 300, 112
_FROM_ZERO = frozenset({"m/s", "mm", "W/m2", "lx"})
_EXTREMES = frozenset({"Cel", "%", "hPa", "Pa"})

TOPIC = Topic(_("Weather"))


def picture(month: StationMonth) -> str:
    """The SVG."""
    parts, y = list[str](), float(HEAD)
    for name, quantity in quantities(month).items():
        if quantity.nature.unit == ANGLE:
            continue
        unit = quantity.nature.unit
        of = Panel(
            name.replace("_", " "),
            quantity,
            zero=unit in _FROM_ZERO,
            by_day=_days(month, quantity),
            extremes=unit in _EXTREMES,
        )
        parts += panel(month, of, y)
        y += PANEL
    for name, direction, speed in _winds(month):
        parts += _rose(month, name, direction, speed, y)
        y += ROSE
    return sheet(month, TOPIC, parts, y, [*_notes()])


def quantities(month: StationMonth) -> dict[str, Quantity]:
    """All that is neither a level nor in the air."""
    return {
        name: each
        for name, each in month.quantities.items()
        if each.nature.unit not in LEVELS and not air.is_of_air(each)
    }


def _days(month: StationMonth, quantity: Quantity) -> dict[date, float | None]:
    return reckoning.days(month, quantity)


def _winds(month: StationMonth) -> Iterator[tuple[str, Quantity, Quantity]]:
    """Yields directions whose speed is known, and that."""
    for name, each in month.quantities.items():
        if each.nature.unit == ANGLE and each.nature.speed in month.quantities:
            yield name, each, month.quantities[each.nature.speed or ""]


def _rose(month: StationMonth, name: str, direction: Quantity, speed: Quantity, top: float) -> Iterator[str]:
    found = reckoning.rose(month, direction, speed)
    yield text(LEFT - 36, top + 16, _("{name}: from where the wind blew").format(name=name.replace("_", " ")), "w")
    if not found.known:
        yield text(LEFT - 36, top + 36, _("no hour is known of which speed and direction"), "f")
        return
    yield text(LEFT - 36, top + 33, _("share of the hours of the month, by hourly means"), "f")
    yield from rose.rose(found, LEFT + 210, top + 170, _RADIUS)
    yield from rose.key(found, LEFT + 400, top + 96)


def _notes() -> Iterator[str]:
    yield _(
        "Line: hourly means. Dark bars: means of days, where 75 % of the hours are known; of a gust or a highest "
        "value, the highest of the day; of rain and all that is counted, the sums of the hours and of the day. Band: "
        "from the lowest to the highest reading of each hour. Hatched: not measured, or too little of the hour; "
        "nothing is drawn into a gap."
    )
    yield _(
        "Wind: from where it blows, of true north as the station is mounted; a gust is a mean of 3 s (WMO-No. 8); the "
        "rose leaves out hours of which speed or direction is not known."
    )
