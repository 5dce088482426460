"""`lamppost check --plot`: what the lamps would do in a winter week and a summer week, as a picture."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from agent.config.schema import Config
from agent.plot.svg import FAINT, document, rect, text
from agent.trades.lighting import devices
from agent.trades.lighting.options import LampKeys
from agent.trades.lighting.plan.lamp_plan import LampPlan
from agent.trades.lighting.plan.preview import Walked, walk
from agent.trades.lighting.plan.sun import Place, Sky, SunEvent, crossing
from agent.trades.lighting.tables import LightingTables, lighting_of
from drivers.translation import _

MOST_LAMPS = 12
_NIGHTS = 7

_LEFT, _PLOT, _RIGHT = 190, 1120, 130
_WIDTH = _LEFT + _PLOT + _RIGHT
_TOP, _HEAD, _ROW, _GAP, _FOOT = 74, 58, 78, 14, 30

_DAY, _TWILIGHT, _NIGHT = "#e9eef4", "#8795ab", "#27324a"
_LIGHT, _SENSOR = "#ffc23d", "#ff5e3a"

_BUSY_PER_H, _QUIET_PER_H = 3.0, 0.6
"""Simulated arrivals and departures at each source, before 23:00 and after."""

_STYLE = (
    "text{font-size:12px}"
    ".h{font-size:18px;font-weight:bold}.w{font-size:14px;font-weight:bold}.f{fill:" + FAINT + ";font-size:11px}"
)


class Week(Struct, frozen=True):
    """Seven nights, noon to noon of the place.

    Args:
        nights: local dates on which they begin.
    """

    title: str
    nights: tuple[date, ...]
    place: Place

    @property
    def begin(self) -> datetime:
        return _local(self.nights[0], self.place)

    @property
    def end(self) -> datetime:
        return _local(self.nights[-1] + timedelta(days=1), self.place)

    def x(self, moment: datetime) -> float:
        share = (moment - self.begin) / (self.end - self.begin)
        return _LEFT + _PLOT * min(1.0, max(0.0, share))


def picture(config: Config, today: date) -> str:
    """An SVG: each lamp's level over time, over the light of the sky. Presence in it is simulated, and says so."""
    place = Place(config.pole.latitude, config.pole.longitude, config.pole.timezone)
    tables = lighting_of(config)
    lamps = list(tables.lamp.items())[:MOST_LAMPS]
    plans = [(name, lamp, devices.planned(name, lamp, config)) for name, lamp in lamps]
    height = _HEAD + len(plans) * (_ROW + _GAP) + _FOOT
    parts = list(_header(config, len(plans)))
    for number, week in enumerate(weeks(place, today)):
        parts += _panel(week, plans, _TOP + number * height)
    whole = _TOP + 2 * height
    return document(_WIDTH, whole, _STYLE, parts)


def weeks(place: Place, today: date) -> tuple[Week, Week]:
    """Returns the weeks of the next two solstices, from their Monday on, the winter's first (by the calendar of the
    north)."""
    found = []
    for name, month in ((_("December"), 12), (_("June"), 6)):
        solstice = date(today.year + (today > date(today.year, month, 21)), month, 21)
        monday = solstice - timedelta(days=solstice.weekday())
        title = f"{name} {solstice.year}"
        found.append(Week(title, tuple(monday + timedelta(days=shift) for shift in range(_NIGHTS)), place))
    return found[0], found[1]


def _header(config: Config, shown: int) -> Iterator[str]:
    pole = config.pole
    title = _("{site}/{pole}: levels of {shown} of {count} lamps")
    count = len(config.of(LightingTables).lamp)
    yield text(20, 30, title.format(site=pole.site, pole=pole.id, shown=shown, count=count), "h")
    where = _("{latitude:.4f}, {longitude:.4f}, local time ({timezone}); % of full light, noon to noon")
    where = where.format(latitude=pole.latitude, longitude=pole.longitude, timezone=pole.timezone)
    yield text(20, 50, where, "f")
    keys = ((_LIGHT, _("by the program")), (_SENSOR, _("more or less, for somebody is there (SIMULATED)")))
    skies = ((_DAY, _("day")), (_TWILIGHT, _("civil twilight")), (_NIGHT, _("night")))
    x = 680.0
    for colour, words in (*keys, *skies):
        yield f'<rect x="{x:.0f}" y="20" width="12" height="12" fill="{colour}" stroke="{FAINT}" stroke-width="0.5"/>'
        yield text(x + 17, 31, words, "f")
        x += 36 + 6.1 * len(words)


def _panel(week: Week, plans: Sequence[tuple[str, LampKeys, LampPlan]], top: float) -> Iterator[str]:
    yield text(20, top + 16, week.title, "w")
    yield from _dates(week, top + 16)
    yield from _sun_times(week, top + 38)
    for number, (name, lamp, plan) in enumerate(plans):
        yield from _row(week, name, lamp, plan, top + _HEAD + number * (_ROW + _GAP))
    yield from _hours(week, top + _HEAD + len(plans) * (_ROW + _GAP))


def _dates(week: Week, y: float) -> Iterator[str]:
    for day in week.nights:
        middle = week.x(_local(day, week.place)) + _PLOT / _NIGHTS / 2
        words = _("{day:%a} {number} to {next} {day:%b}")
        words = words.format(day=day, number=day.day, next=(day + timedelta(days=1)).day)
        yield text(middle, y, words, anchor="middle")


def _sun_times(week: Week, y: float) -> Iterator[str]:
    """Draws the times at which the sun sets and rises, on their sides of each night."""
    zone = ZoneInfo(week.place.timezone)
    events: tuple[tuple[SunEvent, int, str, str], ...] = (
        ("sunset", 0, _("set {time:%H:%M}"), _("no sunset")),
        ("sunrise", 1, _("rise {time:%H:%M}"), _("no sunrise")),
    )
    for day in week.nights:
        noon = week.x(_local(day, week.place))
        for event, shift, when, never in events:
            found = _crossing(event, day + timedelta(days=shift), week.place)
            words = when.format(time=found.astimezone(zone)) if found else never
            x, anchor = (noon + 5, "start") if shift == 0 else (noon + _PLOT / _NIGHTS - 5, "end")
            yield text(x, y, words, "f", anchor)


def _hours(week: Week, y: float) -> Iterator[str]:
    for day in week.nights:
        for hour in (18, 24, 30):
            yield text(week.x(_local(day, week.place, hour)), y, f"{hour % 24}h", "f", "middle")


def _row(week: Week, name: str, lamp: LampKeys, plan: LampPlan, top: float) -> Iterator[str]:
    yield from _sky(week, top)
    notices = _simulated(plan, week)
    alone, together = walk(plan, week.begin, week.end), walk(plan, week.begin, week.end, notices)
    if notices:
        yield _area(week, together, top, _SENSOR)
        yield _area(week, _lower(alone, together), top, _LIGHT)
        yield _outline(week, alone, top)
    else:
        yield _area(week, alone, top, _LIGHT)
    yield from _frame(week, top)
    follows = lamp.calendar or lamp.program or _("no program")
    yield text(20, top + 22, name)
    yield text(20, top + 40, follows, "f")
    if lamp.floor_percent:
        yield text(20, top + 56, _("at least {floor:g} %").format(floor=lamp.floor_percent), "f")
    lit_h, mean_percent = _figures(together, week.end)
    if not lit_h:
        yield text(_WIDTH - _RIGHT + 12, top + 32, _("dark all week"), "f")
        return
    yield text(_WIDTH - _RIGHT + 12, top + 32, _("burns {mean_h:.1f} h a night").format(mean_h=lit_h / _NIGHTS), "f")
    mean = _("at {mean:.0f} % on average").format(mean=mean_percent)
    yield text(_WIDTH - _RIGHT + 12, top + 50, mean, "f")


def _sky(week: Week, top: float) -> Iterator[str]:
    """Day, and over it twilight and night from each noon to the next."""
    yield rect(_LEFT, top, _PLOT, _ROW, _DAY)
    shades: tuple[tuple[SunEvent, SunEvent, str], ...] = (
        ("sunset", "sunrise", _TWILIGHT),
        ("dusk", "dawn", _NIGHT),
    )
    for evening, morning, colour in shades:
        for day in week.nights:
            span = _below(evening, morning, day, week.place)
            if span is not None:
                x, end = week.x(span[0]), week.x(span[1])
                yield rect(x, top, end - x, _ROW, colour)


def _below(evening: SunEvent, morning: SunEvent, day: date, place: Place) -> tuple[datetime, datetime] | None:
    """Returns from when to when the sun is below an elevation; None where it never is."""
    begin = crossing(evening, day, place.latitude, place.longitude)
    end = crossing(morning, day + timedelta(days=1), place.latitude, place.longitude)
    return None if Sky.STAYS_ABOVE in (begin.sky, end.sky) else (begin.at, end.at)


def _crossing(event: SunEvent, day: date, place: Place) -> datetime | None:
    found = crossing(event, day, place.latitude, place.longitude)
    return found.at if found.sky is Sky.CROSSES else None


def _frame(week: Week, top: float) -> Iterator[str]:
    for percent in (50, 100):
        y = _y(top, percent)
        yield f'<path d="M{_LEFT} {y:.1f}H{_LEFT + _PLOT}" stroke="#ffffff" stroke-opacity="0.35" stroke-width="0.6"/>'
        yield text(_LEFT - 6, y + 4, str(percent), "f", "end")
    yield text(_LEFT - 6, top + _ROW + 4, "0", "f", "end")
    for day in week.nights:
        for hour, opacity in ((12, 0.9), (24, 0.35)):
            x = week.x(_local(day, week.place, hour))
            yield (
                f'<path d="M{x:.1f} {top}v{_ROW}" stroke="#ffffff" stroke-opacity="{opacity}" '
                f'stroke-width="{1.2 if hour == 12 else 0.8}"/>'
            )


def _area(week: Week, walked: Walked, top: float, colour: str) -> str:
    path = [f"M{_LEFT} {top + _ROW}", *_steps(week, walked, top), f"V{top + _ROW}Z"]
    return f'<path d="{"".join(path)}" fill="{colour}" stroke="{colour}" stroke-width="0.5"/>'


def _outline(week: Week, walked: Walked, top: float) -> str:
    path = [f"M{_LEFT} {top + _ROW}", *_steps(week, walked, top)]
    return f'<path d="{"".join(path)}" fill="none" stroke="{_LIGHT}" stroke-width="1"/>'


def _steps(week: Week, walked: Walked, top: float) -> Iterator[str]:
    for at, level in walked:
        yield f"H{week.x(at):.2f}V{_y(top, level.level_percent):.1f}"
    yield f"H{_LEFT + _PLOT}"


def _lower(one: Walked, other: Walked) -> Walked:
    """Returns the lower of two levels at every moment."""
    moments = sorted({at for at, _ in (*one, *other)})
    found: Walked = []
    first, second = 0, 0
    for at in moments:
        while first + 1 < len(one) and one[first + 1][0] <= at:
            first += 1
        while second + 1 < len(other) and other[second + 1][0] <= at:
            second += 1
        found.append((at, min(one[first][1], other[second][1], key=lambda level: level.level_percent)))
    return found


def _figures(walked: Walked, end: datetime) -> tuple[float, float]:
    """Hours lit, and the mean level of those hours, %."""
    ends = [*(at for at, _ in walked[1:]), end]
    spans = [
        ((until - at).total_seconds() / 3600, level.level_percent)
        for (at, level), until in zip(walked, ends, strict=True)
    ]
    lit_h = sum(hours for hours, percent in spans if percent > 0)
    return lit_h, sum(hours * percent for hours, percent in spans) / lit_h if lit_h else 0.0


def _simulated(plan: LampPlan, week: Week) -> list[tuple[datetime, str]]:
    """Somebody comes or goes, by chance, but at every drawing the same; nothing where no program waits for anybody."""
    names = sorted({name for rule in (plan.calendar.presence if plan.calendar else ()) for name in rule.by})
    notices = []
    for name in names:
        chance, at = random.Random(f"{name} {week.title}"), week.begin
        while at < week.end:
            busy = 5 <= at.astimezone(ZoneInfo(week.place.timezone)).hour < 23
            at += timedelta(hours=chance.expovariate(_BUSY_PER_H if busy else _QUIET_PER_H))
            notices.append((at, name))
    return sorted(notices)


def _local(day: date, place: Place, hour: int = 12) -> datetime:
    shift, hour = divmod(hour, 24)
    return datetime.combine(day + timedelta(days=shift), time(hour), ZoneInfo(place.timezone)).astimezone(UTC)


def _y(top: float, percent: float) -> float:
    """Full light leaves a little sky above it."""
    return top + _ROW - (_ROW - 8) * percent / 100
