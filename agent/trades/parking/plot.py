"""`lamppost report bays`: what the bays did in one local day, as a picture that can be printed."""

from collections.abc import Iterator, Sequence

from agent.config.messages import format_duration, shortened
from agent.plot.svg import FAINT, INK, document, rect, text
from agent.trades.parking.statistics import DayLog, DayReport, Group, LocalDay, Span, city_figures, groups, spans, total
from drivers.translation import _, ngettext

_LEFT, _PLOT, _RIGHT = 118, 528, 114
_WIDTH = _LEFT + _PLOT + _RIGHT
_HEAD, _GROUP_HEAD, _CURVE, _AXIS, _GAP, _FOOT = 92, 66, 64, 26, 34, 26
_ROW, _BAR = 22, 15
_NAME_LENGTH = 14

_FREE, _OCCUPIED, _CURVE_FILL, _GRID = "#e8eef2", "#2c5f8a", "#b9d0e2", "#c3ccd6"
_OVERSTAY, _UNKNOWN = "url(#overstay)", "url(#unknown)"
_COLOURS = {"free": _FREE, "occupied": _OCCUPIED, "unknown": _UNKNOWN}

_STYLE = (
    "text{font-size:13px}.h{font-size:19px;font-weight:bold}.w{font-size:15px;font-weight:bold}"
    ".f{fill:" + FAINT + ";font-size:12px}"
)
# Each state differs from the others in lightness or pattern too: not every printer has colours.
_PATTERNS = (
    '<defs><pattern id="overstay" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#c8321f"/><rect width="2" height="6" fill="#ffd9d2"/></pattern>'
    '<pattern id="unknown" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">'
    f'<rect width="5" height="5" fill="#ffffff"/><rect width="1.2" height="5" fill="{FAINT}"/></pattern></defs>'
)
_NARROWEST = 1.4
"""px: a stay of a minute shall be seen."""


def picture(report: DayReport) -> str:
    """An SVG: for each group its occupancy by hour, a row for each bay, and the figures of the day."""
    parts, y = [_PATTERNS, *_header(report)], float(_HEAD)
    for group, title in _groups(report):
        parts += _group(report, group, title, y)
        y += _GROUP_HEAD + _CURVE + _AXIS + len(group.bays) * _ROW + _GAP
    parts += _footnote(report, y)
    return document(_WIDTH, round(y + _FOOT), _STYLE, parts)


def _groups(report: DayReport) -> Iterator[tuple[Group, str]]:
    """Yields the groups of today's configuration, and the bays that it no longer has."""
    configured = groups(report.place.groups)
    for group in configured:
        without = _("bays without a group") if len(configured) > 1 else _("all bays")
        yield group, without if group.name is None else report.place.label(group.name)
    gone = tuple(sorted(set(report.logs) - set(report.place.groups)))
    if gone:
        yield Group(None, gone), _("no longer in the configuration")


def _header(report: DayReport) -> Iterator[str]:
    day = report.day
    title = _("{site}/{pole}: bays, {day:%A} {number} {day:%B %Y}")
    yield text(16, 30, title.format(site=report.place.site, pole=report.place.pole, day=day, number=day.day), "h")
    clock = _("local time ({timezone})").format(timezone=report.place.timezone)
    yield text(16, 50, clock + _length(report.local_day) + _until(report), "f")
    x = 16.0
    legend = (
        (_OCCUPIED, _("occupied")),
        (_OVERSTAY, _("beyond the limit")),
        (_FREE, _("free")),
        (_UNKNOWN, _("unknown")),
    )
    for colour, words in legend:
        yield f'<rect x="{x:.0f}" y="62" width="22" height="12" fill="{colour}" stroke="{FAINT}" stroke-width="0.5"/>'
        yield text(x + 28, 73, words, "f")
        x += 62 + 6.6 * len(words)


def _length(day: LocalDay) -> str:
    if day.length_s == 86_400:
        return ""
    forward, back = _("; a day of {hours:g} hours: clocks go forward"), _("; a day of {hours:g} hours: clocks go back")
    return (forward if day.length_s < 86_400 else back).format(hours=day.length_s / 3600)


def _until(report: DayReport) -> str:
    if report.until_s >= report.local_day.length_s:
        return ""
    return _("; as it was at {time:%H:%M}").format(time=report.local_day.local(report.until_s))


def _group(report: DayReport, group: Group, title: str, top: float) -> Iterator[str]:
    logs = [report.logs.get(bay) for bay in group.bays]
    heading = ngettext("{title}: {count} bay", "{title}: {count} bays", len(logs))
    yield text(16, top + 16, heading.format(title=title, count=len(logs)), "w")
    for number, line in enumerate(_words(report, logs)):
        yield text(16, top + 36 + 18 * number, line)
    curve = top + _GROUP_HEAD
    rows = curve + _CURVE + _AXIS
    yield from _grid(report.local_day, curve, rows + len(logs) * _ROW)
    yield from _curve(report, logs, curve)
    yield from _hours(report.local_day, curve + _CURVE + 17)
    for number, (bay, log) in enumerate(zip(group.bays, logs, strict=True)):
        yield from _bay(report, bay, log, rows + number * _ROW)


def _words(report: DayReport, logs: Sequence[DayLog | None]) -> Iterator[str]:
    of_day = city_figures(total(logs, 0, report.until_s), len(logs))
    if of_day.occupied_percent is None or of_day.turnover is None:
        yield _("nothing is known of this day")
        return
    occupied = _("occupied {percent:g} % of the time").format(percent=of_day.occupied_percent)
    if of_day.unknown_percent:
        occupied += _(" that is known ({percent:g} % are not)").format(percent=of_day.unknown_percent)
    if of_day.overstays:
        occupied += _("; beyond the limit: {count}").format(count=of_day.overstays)
    yield occupied
    came = _("came {arrivals}, left {departures}; {turnover:.1f} vehicles a bay")
    came = came.format(arrivals=of_day.arrivals, departures=of_day.departures, turnover=of_day.turnover)
    if of_day.mean_stay_s is not None and of_day.p90_stay_s is not None:
        stays = _("; stays: mean {mean}, 9 of 10 within {p90}")
        came += stays.format(mean=_minutes(of_day.mean_stay_s), p90=_minutes(of_day.p90_stay_s))
    yield came


def _minutes(seconds: float) -> str:
    return format_duration(round(seconds / 60) * 60) if seconds >= 60 else format_duration(seconds)


def _x(day: LocalDay, at_s: float) -> float:
    return _LEFT + _PLOT * at_s / day.length_s


def _grid(day: LocalDay, top: float, bottom: float) -> Iterator[str]:
    for begin_s, _end_s in (*day.hours(), (day.length_s, 0)):
        main = begin_s in (0, day.length_s) or day.local(begin_s).hour % 6 == 0
        width = 1 if main else 0.5
        yield f'<path d="M{_x(day, begin_s):.1f} {top}V{bottom}" stroke="{_GRID}" stroke-width="{width}"/>'


def _hours(day: LocalDay, y: float) -> Iterator[str]:
    """What clocks show at each full hour: one is missing, or one comes twice, when they are changed."""
    for begin_s, _end_s in day.hours():
        yield text(_x(day, begin_s), y, str(day.local(begin_s).hour), "f", "middle")
    yield text(_x(day, day.length_s), y, "24", "f", "middle")


def _curve(report: DayReport, logs: Sequence[DayLog | None], top: float) -> Iterator[str]:
    """The share of occupied bays in each hour; a gap where nothing is known."""
    day = report.local_day
    area, line, before = [], [], None
    for begin_s, end_s in day.hours():
        until_s = min(end_s, report.until_s)
        percent = city_figures(total(logs, begin_s, until_s), len(logs)).occupied_percent if until_s > begin_s else None
        if percent is not None:
            x, end, y = _x(day, begin_s), _x(day, until_s), top + _CURVE * (1 - percent / 100)
            area.append(f"M{x:.1f} {top + _CURVE}V{y:.1f}H{end:.1f}V{top + _CURVE}Z")
            line.append(f"{'M' if before is None else 'L'}{x:.1f} {y:.1f}H{end:.1f}")
        before = percent
    yield f'<path d="{"".join(area)}" fill="{_CURVE_FILL}"/>'
    yield f'<path d="{"".join(line)}" fill="none" stroke="{INK}" stroke-width="1.5"/>'
    for percent in (0, 50, 100):
        y = top + _CURVE * (1 - percent / 100)
        yield f'<path d="M{_LEFT} {y:.1f}H{_LEFT + _PLOT}" stroke="{_GRID}" stroke-width="0.6"/>'
        yield text(_LEFT - 6, y + 4, f"{percent} %", "f", "end")
    yield text(16, top + 34, "occupied", "f")


def _bay(report: DayReport, bay: str, log: DayLog | None, top: float) -> Iterator[str]:
    mark = "*" if log is not None and log.coarse else ""
    yield text(_LEFT - 8, top + 13, shortened(report.place.label(bay), _NAME_LENGTH) + mark, anchor="end")
    for each in spans(log, report.until_s):
        yield from _span(report.local_day, each, top + 2)
    of_day = total([log], 0, report.until_s)
    percent = city_figures(of_day, 1).occupied_percent
    share = "" if percent is None else f"{percent:.0f} %"
    yield text(_WIDTH - 54, top + 13, _("{count} came").format(count=of_day.arrivals), "f", "end")
    yield text(_WIDTH - 12, top + 13, share, "f", "end")


def _span(day: LocalDay, span: Span, y: float) -> Iterator[str]:
    """A white edge tells a stay from the one before it."""
    x, end = _x(day, span.begin_s), _x(day, span.end_s)
    edge = 0.8 if span.arrived else 0.0
    colour = _OVERSTAY if span.overstayed else _COLOURS[span.state]
    wide = max(end - x - edge, _NARROWEST) if span.state == "occupied" else end - x
    yield rect(x + (edge if end - x > edge + _NARROWEST else 0.0), y, wide, _BAR, colour)


def _footnote(report: DayReport, y: float) -> Iterator[str]:
    if any(log.coarse for log in report.logs.values()):
        yield text(16, y, _("* changed so often that its sensor must be faulty: what came after is not known"), "f")
