"""The live table of the demonstration, drawn with rich: bays, lamps, zones, the queue and the last events."""

import textwrap
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agent.simulate.view import BayRow, LampRow, QuantityRow, Received, View, ZoneRow
from agent.trades.sensing.units import readable
from drivers.translation import _

BESIDE_COLUMNS = 92
"""The width in columns from which on two panels stand side by side."""

BAR_CELLS = 14
STATES = {
    "free": (_("○ free"), "green"),
    "occupied": (_("● occupied"), "yellow"),
    "unknown": (_("? unknown"), "magenta"),
    "waiting": (_("· waiting"), "dim"),
}
KINDS_OF_SENSOR = {"a02": "A02", "modbus": "RS485", "lorawan": "LoRa", "gpio": "GPIO"}
UNITS = {"percent": "%", "mm": "mm", "s": "s"}
TOLD: Mapping[str, tuple[str, ...]] = {
    "bay.occupied": ("category", "limit_s"),
    "bay.freed": ("duration_s", "continuity", "overstayed"),
    "bay.overstay": ("stage", "charge_s", "limit_s", "category"),
    "bay.overstay_presumed": ("stage", "standing_s", "limit_s", "grounds"),
    "lamp.level": ("level_percent", "reason"),
    "kerb.suspected": ("article", "standing_s", "limit_s", "simulated"),
    "pole.status": ("uptime_s", "devices", "events_waiting", "kerb_mode"),
}
"""What is shown of the busiest types; of any other type, everything that fits."""

TYPES = {"overstay": "bold red", "suspected": "bold red", "failure": "bold red", "device_down": "bold red"}
KINDS = {
    "bay": "cyan", "lamp": "yellow", "kerb": "red", "sensing": "green", "command": "magenta", "line": "blue",
    "pole": "dim",
}  # fmt: skip


class Moment(Struct, frozen=True):
    """What time it is, for the city and for the lamps."""

    now: datetime
    evening: datetime


def render(view: View, moment: Moment, width: int, height: int) -> RenderableType:
    """The whole table for a terminal of that many columns and lines."""
    if view.quantities:
        return _station(view, moment, width, height)
    above = [_bays(view, moment.now), _lamps(view)]
    below = [_zones(view), _queue(view)]
    beside = width >= BESIDE_COLUMNS
    panels: list[RenderableType] = [_pair(above), _pair(below)] if beside else [*above, *below]
    foot = _foot(view, width)
    used = _lines(view, beside) + len(foot.plain.splitlines())
    return Group(_title(view, moment), *panels, _events(view, max(3, height - used)), foot)


def _station(view: View, moment: Moment, width: int, height: int) -> RenderableType:
    """The table of a pole that measures."""
    foot = _foot(view, width)
    used = len(view.quantities) + 12 + len(foot.plain.splitlines())
    title = _("  simulated sensors, real protocols"), _("   the pole's time {time:%H:%M}")
    panels = _quantities(view), _queue(view), _events(view, max(3, height - used))
    return Group(_title(view, moment, *title), *panels, foot)


def _quantities(view: View) -> Panel:
    left, right = (_("quantity"), _("by"), _("now")), (_("window"), _("value"), _("coverage"))
    table = _table(*((each, "left") for each in left), *((each, "right") for each in right), (_("beyond"), "left"))
    for row in view.quantities.values():
        beyond = Text(", ".join(sorted(row.beyond)), style="bold red")
        table.add_row(row.name, row.device, Text(row.now), *_observed(row), beyond)
    return _panel(_("stations · serial, Modbus, LoRaWAN, GPIO"), table)


def _observed(row: QuantityRow) -> tuple[Text, Text, Text]:
    """The window, the value and the coverage of what was told last; a unit such as [ppm] is no markup."""
    if row.told is None or row.told.value is None:
        return Text(), Text(), Text()
    value, coverage = f"{round(row.told.value, 2):.9g} {readable(row.told.unit)}", f"{row.told.coverage_percent:.0f} %"
    return Text(row.told.window), Text(value), Text(coverage)


def _lines(view: View, beside: bool) -> int:
    """Lines of everything but the rows of events and the foot: the title, the frames, the rows."""
    above, below = (len(view.bays), len(view.lamps)), (len(view.zones), 2)
    rows = max(above) + max(below) if beside else sum(above) + sum(below)
    return 1 + rows + (2 if beside else 4) * 3 + 2


def _pair(panels: list[Panel]) -> Table:
    grid = Table.grid(expand=True)
    for _each in panels:
        grid.add_column(ratio=1)
    grid.add_row(*panels)
    return grid


def _table(*columns: tuple[str, Any]) -> Table:
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="dim")
    for heading, justify in columns:
        table.add_column(heading, justify=justify, no_wrap=True, overflow="ellipsis")
    return table


def _panel(title: str, content: RenderableType) -> Panel:
    return Panel(content, title=title, title_align="left", box=box.ROUNDED, border_style="bright_black", padding=(0, 1))


def _title(
    view: View,
    moment: Moment,
    what: str = _("  simulated street, real protocols"),
    time: str = _("   the lamps' evening {time:%H:%M}"),
) -> Text:
    return Text.assemble(
        (_(" lamppost "), "bold black on bright_yellow"),
        (what, "bold"),
        (time.format(time=moment.evening), "yellow"),
        (_("   {count} events").format(count=sum(view.counts.values())), "dim"),
        no_wrap=True,
        overflow="ellipsis",
    )


def _bays(view: View, now: datetime) -> Panel:
    left, right = (_("bay"), _("by"), _("state")), (_("since"), "mm", _("limit"))
    table = _table(*((each, "left") for each in left), *((each, "right") for each in right))
    for bay in view.bays.values():
        kind, far = KINDS_OF_SENSOR.get(bay.by, bay.by), _millimetres(bay.distance_mm)
        table.add_row(bay.name, kind, _bay_state(bay), _since(bay, now), far, _seconds(bay.limit_s))
    return _panel(_("bays · serial, LoRaWAN, GPIO"), table)


def _bay_state(bay: BayRow) -> Text:
    if bay.overstay:
        return Text(_("▲ overstay") if bay.overstay == "limit" else _("▲ past grace"), style="bold red")
    if bay.presumed:
        return Text(_("△ presumed"), style="yellow")
    words, style = STATES.get(bay.state, (bay.state, ""))
    return Text(words, style=style)


def _since(bay: BayRow, now: datetime) -> str:
    return "" if bay.since is None else _seconds(max((now - bay.since).total_seconds(), 0.0))


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min"


def _millimetres(distance_mm: float | None) -> str:
    return "" if distance_mm is None else f"{distance_mm:.0f}"


def _lamps(view: View) -> Panel:
    table = _table((_("lamp"), "left"), (_("level"), "left"), ("", "right"), (_("reason"), "left"))
    for lamp in view.lamps.values():
        table.add_row(lamp.name, _bar(lamp.level_percent), _percent(lamp), _reason(lamp, view))
    return _panel(_("lamps · Modbus RTU and TCP"), table)


def _bar(level_percent: float | None) -> Text:
    lit = round((level_percent or 0) / 100 * BAR_CELLS)
    return Text("█" * lit, style="yellow") + Text("░" * (BAR_CELLS - lit), style="bright_black")


def _percent(lamp: LampRow) -> str:
    return "" if lamp.level_percent is None else f"{lamp.level_percent:.0f} %"


def _reason(lamp: LampRow, view: View) -> Text:
    if lamp.name in view.down:
        return Text(_("down"), style="bold red")
    if lamp.reason == "program":
        return Text(lamp.program or _("program"), style="green")
    return Text(lamp.reason, style="magenta" if lamp.reason == "override" else "")


def _zones(view: View) -> Panel:
    table = _table(
        (_("zone"), "left"),
        (_("kerb"), "left"),
        (_("standing"), "right"),
        (_("limit"), "right"),
        (_("suspected"), "right"),
    )
    for zone in view.zones.values():
        table.add_row(zone.name, zone.category, _standing(zone), _seconds(zone.limit_s), str(zone.suspected or ""))
    return _panel(_("zones · camera, {mode} mode (simulated)").format(mode=view.kerb_mode), table)


def _standing(zone: ZoneRow) -> Text:
    match zone.camera_state:
        case "up" if zone.standing_s is None:
            return Text(_("nobody"), style="dim")
        case "up":
            over = zone.limit_s is not None and (zone.standing_s or 0) > zone.limit_s
            return Text(_seconds(zone.standing_s), style="bold red" if over else "yellow")
        case "down":
            return Text(_("no camera"), style="bold red")
    return Text("")


def _queue(view: View) -> Panel:
    queue = view.queue
    state = Text(_("● connected"), style="green") if queue.connected else Text(_("○ not connected"), style="bold red")
    table = _table(
        (_("broker"), "left"), (_("waiting"), "right"), (_("acknowledged"), "right"), (_("received"), "right")
    )
    table.add_row(state, str(queue.waiting), str(queue.sent), str(sum(view.counts.values())))
    table.add_row()
    return _panel(_("outbox · MQTT 3.1.1, QoS 1"), table)


def _events(view: View, rows: int) -> Panel:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for ratio in (None, None, None, 1):
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=ratio)
    for event in list(view.events)[:rows]:
        time = Text(f"{event.time.astimezone():%H:%M:%S}", style="dim")
        table.add_row(time, Text(event.type, style=_style(event.type)), event.subject, Text(words(event)))
    for _each in range(rows - len(view.events)):
        table.add_row()
    return _panel(_("last events at the broker"), table)


def _style(kind: str) -> str:
    before, _dot, after = kind.partition(".")
    return TYPES.get(after) or KINDS.get(before, "")


def words(event: Received) -> str:
    """What counts of an event's data in one line, figures with their units."""
    if event.type in SENSED:
        return SENSED[event.type](event.data)
    keys = TOLD.get(event.type, tuple(event.data))
    facts = (_fact(key, event.data.get(key)) for key in keys if event.data.get(key) != event.subject)
    return "  ".join(fact for fact in facts if fact)


def _observation(data: Mapping[str, Any]) -> str:
    """What a quantity came to."""
    value = _("too little is known")
    if data.get("value") is not None:
        value = f"{round(data['value'], 2):.9g} {readable(str(data.get('unit', '')))}".rstrip()
    window, name = data.get("window"), data.get("quantity")
    return _("{name}: {value} in {window}, coverage {percent:.0f} %").format(
        name=name, value=value, window=window, percent=data.get("coverage_percent") or 0
    )


def _threshold(data: Mapping[str, Any]) -> str:
    words = _("{name}: {detail}") if data.get("active") else _("{name} is over")
    return words.format(name=data.get("threshold"), detail=data.get("detail"))


SENSED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "sensing.observation": _observation,
    "sensing.threshold": _threshold,
}
"""What is said of the events of a station."""


def _fact(key: str, value: object) -> str:
    words = key.replace("_", " ")
    match value:
        case True:
            return words
        case None | False | "" | Mapping() | list():
            return ""
        case int() | float():
            return _figure(words, value)
    return f"{words} {value}"


def _figure(words: str, value: float) -> str:
    name, _space, unit = words.rpartition(" ")
    return f"{name} {value:.0f} {UNITS[unit]}" if unit in UNITS else f"{words} {value:g}"


def _foot(view: View, width: int) -> Text:
    """What is down and what to do about it; the first device, when there are several."""
    if not view.down:
        return Text(_(" Ctrl-C ends"), style="dim")
    name, reason = next(iter(view.down.items()))
    what = _("{name} is down: {reason}").format(name=name, reason=reason)
    lines = textwrap.wrap(what, width - 2, initial_indent=" ", subsequent_indent=" ")
    return Text("\n".join(lines), style="bold red")
