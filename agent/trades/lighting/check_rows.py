"""Lamps in the table of `lamppost check`: what they follow, and what they do without the pole."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from agent.config.messages import format_duration
from agent.config.schema import Config
from agent.trades.base import Row, Section
from agent.trades.lighting import devices
from agent.trades.lighting.options import AnyLamp, LampKeys, ProgramOptions
from agent.trades.lighting.plan.calendar import days
from agent.trades.lighting.plan.lamp_plan import LampPlan
from agent.trades.lighting.plan.preview import tonight, tonight_colours
from agent.trades.lighting.tables import LightingTables, lighting_of
from agent.trades.words import remark_words
from drivers.translation import _


def sections(config: Config, today: date | None) -> Sequence[Section]:
    day = today or datetime.now(ZoneInfo(config.pole.timezone)).date()
    return (
        (_("LAMPS"), _lamps(config, day)),
        (_("CALENDARS"), _calendars(config, day)),
        (_("LAMPS WITHOUT THE POLE"), _without_pole(config)),
    )


def _calendars(config: Config, day: date) -> Iterator[Row]:
    """Yields the rules of calendars that never hold again, and school holidays that are listed no further."""
    for name, calendar in config.of(LightingTables).calendar.items():
        for number, rule in enumerate(calendar.rules, 1):
            end = days(rule).days.end
            if isinstance(end, date) and end < day:
                what = _("rule {number}: {program}").format(number=number, program=rule.program)
                yield name, what, remark_words("over", f"{end}")
        listed = max((each.end for each in calendar.school_holidays), default=day)
        if listed < day and any(rule.school for rule in calendar.rules):
            yield name, "school_holidays", remark_words("school_over", f"{listed}")


def _lamps(config: Config, day: date) -> Iterator[Row]:
    lamps = {name: (lamp, devices.planned(name, lamp, config)) for name, lamp in lighting_of(config).lamp.items()}
    coloured = any(plan.colours is not None for _lamp, plan in lamps.values())
    for name, (lamp, plan) in lamps.items():
        colour = (_colour(plan, day),) if coloured else ()
        follows = _follows(config, lamp, plan, day)
        if follows is None:
            level = plan.corrected_level(lamp.default_level_percent, None)
            yield name, _("no program"), *colour, _("always {level:g} %").format(level=level)
            continue
        program_name, program = follows
        what = _("{name}: {on} to {off}").format(name=program_name, on=program.on, off=program.off)
        yield name, f"{lamp.calendar}, {what}" if lamp.calendar else what, *colour, _tonight(plan, day)
        yield from (("", "", *[""] * coloured, note) for note in _remarks(lamp, program))


def _colour(plan: LampPlan, day: date) -> str:
    """Returns its colour temperatures of the night in local time, "20:00 4000 K, 23:00 2700 K"; "": it is told none."""
    if plan.colours is None:
        return ""
    timezone = ZoneInfo(plan.place.timezone)
    words = (f"{at.astimezone(timezone):%H:%M} {told_k:g} K" for at, told_k in tonight_colours(plan, day))
    return ", ".join(words) or f"{plan.colours.default_k:g} K"


def _follows(config: Config, lamp: AnyLamp, plan: LampPlan, day: date) -> tuple[str, ProgramOptions] | None:
    """Name and table of the program of a night."""
    if plan.calendar is None:
        return None
    if lamp.calendar is None:
        name = lamp.program or ""
    else:
        calendar, rule = config.of(LightingTables).calendar[lamp.calendar], plan.calendar.rule(day)
        name = calendar.program if rule is None else calendar.rules[rule].program
    return name, config.of(LightingTables).program[name]


def _tonight(plan: LampPlan, day: date) -> str:
    """The switchings in local time: "17:02 100 %, 23:00 50 %, 07:56 off"."""
    switchings = tonight(plan, day)
    if not switchings:
        return _("off tonight")
    timezone = ZoneInfo(plan.place.timezone)
    words = (f"{at.astimezone(timezone):%H:%M} {f'{level:g} %' if level else _('off')}" for at, level in switchings)
    return _("tonight ") + ", ".join(words)


def _remarks(lamp: LampKeys, program: ProgramOptions) -> Iterator[str]:
    """What the switchings do not show."""
    for rule in program.presence:
        part = ""
        if rule.begin or rule.end:
            part = _(" from {begin} to {end}").format(begin=rule.begin or _("on"), end=rule.end or _("off"))
        held = _("for {hold} after {names}").format(hold=format_duration(rule.hold_s), names=_(" or ").join(rule.by))
        yield f"{rule.operation} {rule.level_percent:g} % {held}{part}"
    if lamp.floor_percent:
        yield _("when it burns, at least {floor:g} %").format(floor=lamp.floor_percent)
    if program.photocell:
        yield _("without a clock by the photocell {photocell}").format(photocell=program.photocell)
    if program.lux:
        yield _("{photocell}: dark below {on:g} lx, light above {off:g} lx, each for {dwell}").format(
            photocell=program.photocell,
            on=program.lux.on_below_lx,
            off=program.lux.off_above_lx,
            dwell=format_duration(program.lux.dwell_s),
        )


def _without_pole(config: Config) -> Iterator[Row]:
    """What each lamp does by itself when the pole is silent, as its profile has it."""
    for name, lamp in config.of(LightingTables).lamp.items():
        yield name, devices.when_silent(lamp, devices.described(lamp, config))
