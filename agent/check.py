"""`lamppost check`: what would run, as a table for a technician's screen; with --probe, what answers."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.almanac import WEEKDAYS, Day, WindowOptions
from agent.columns import Row, columns, section
from agent.config import Config, load_with_warnings
from agent.config.problems import without_secrets
from agent.config.words import span
from agent.kerb import ZoneOptions
from agent.lighting import LampOptions, Place, Plan, ProgramOptions, plan_of
from agent.lighting.preview import tonight
from agent.parking import RuleOptions
from agent.supply import HIGH, LOW, metered
from drivers import profile
from drivers.line import LineOptions, SerialLine


def run(file: Path, probe: bool, plot: Path | None = None) -> int:
    """Prints the table; 0: as it should be, 1: a device was asked and did not answer, or no picture could be made.

    Raises ConfigError.
    """
    config, warnings = load_with_warnings(file)
    print(table(config, warnings))
    if plot is not None and not _draw(config, plot):
        return 1
    if not probe:
        return 0
    from agent.probe import probe as ask

    answers = asyncio.run(ask(config))
    rows = [("+" if each.answered else "!", each.name, each.text) for each in answers]
    print("\n" + "\n".join(section("PROBE", rows)))
    return 0 if all(each.answered for each in answers) else 1


def _draw(config: Config, plot: Path) -> bool:
    from agent.plot.svg import save
    from agent.plot.week import picture

    try:
        save(plot, picture(config, datetime.now(ZoneInfo(config.pole.timezone)).date()))
    except ValueError as error:
        print(error, file=sys.stderr)
        return False
    print(f"\nlevels over a winter and a summer week: {plot}")
    return True


def table(config: Config, warnings: Sequence[str], today: date | None = None) -> str:
    """Plain text, at most 100 characters wide.

    Args:
        today: local date whose night is shown; None: by the clock of this box.
    """
    sections = (
        _pole(config),
        section("LINES", _lines(config)),
        section("BAYS", _bays(config)),
        section("RULES", _rules(config)),
        section("LAMPS", _lamps(config, today)),
        section("LAMPS WITHOUT THE POLE", _without_pole(config)),
        section("METERS", _meters(config)),
        section("CAMERAS", _cameras(config)),
        section("KERB", _kerb(config)),
        section("WARNINGS", [(warning,) for warning in warnings]),
    )
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def _pole(config: Config) -> list[str]:
    pole, uplink = config.pole, config.uplink
    port = uplink.port or (8883 if uplink.tls else 1883)
    safety = "TLS" if uplink.tls else "this box only, no TLS"
    return columns(
        [
            ("pole", f"{pole.site}/{pole.id}", f"{pole.latitude:.4f}, {pole.longitude:.4f}", pole.timezone),
            ("uplink", f"{uplink.host}:{port}", f"MQTT {uplink.protocol}, {safety}", uplink.username or "no login"),
            ("store", config.store.path, f"at most {config.store.max_mb} MB", ""),
        ]
    )


def _lines(config: Config) -> Iterator[Row]:
    for name, line in config.line.items():
        yield (name, *_link(line), f"answers within {span(line.timeout_s)}")
        for lamp_name, lamp in config.lamp.items():
            if lamp.line == name:
                yield f"  unit {lamp.unit}", lamp_name, lamp.profile, _address(lamp)
        for meter_name, meter in config.meter.items():
            if meter.line == name:
                yield f"  unit {meter.unit}", meter_name, meter.profile, ""


def _link(line: LineOptions) -> tuple[str, str]:
    if isinstance(line, SerialLine):
        return line.port, f"{line.baud} baud, 8{line.parity}{line.stop_bits}"
    return f"{line.host}:{line.port}", f"Modbus {'TCP' if line.framing == 'tcp' else 'RTU over TCP'}"


def _address(lamp: LampOptions) -> str:
    given = ((name.replace("_", " "), value) for name, value in lamp.parameters.items())
    return ", ".join(f"{name} {value}" for name, value in given if value is not None)


def _bays(config: Config) -> Iterator[Row]:
    for name, bay in config.bay.items():
        own = RuleOptions(category=bay.category, limit_s=bay.limit_s, grace_s=bay.grace_s)
        order = f"rule {bay.rule}" if bay.rule else _limit(own)
        category = config.rule[bay.rule].category if bay.rule else bay.category
        port = config.sensor[bay.sensor].port
        where = f"{port}, group {bay.group}" if bay.group else port
        yield name, category, order, ", ".join((bay.sensor, *bay.also)), where


def _rules(config: Config) -> Iterator[Row]:
    """Those that a bay uses, itself or by a temporary order."""
    named = {bay.rule for bay in config.bay.values()}
    used = named | {order.rule for name in named if name for order in config.rule[name].orders}
    for name, rule in config.rule.items():
        if name in used:
            yield from ((name, rule.category, _limit(rule), hours) for hours in _hours(rule.windows)[:1])
            yield from (("", "", "", hours) for hours in _hours(rule.windows)[1:])
            yield from (("", "", *row) for row in _temporary(rule))


def _temporary(rule: RuleOptions) -> Iterator[Row]:
    """How hours that are apart count, and what takes the place of the rule for a while."""
    if rule.windows:
        yield "", OUTSIDE[rule.outside]
    for order in rule.orders:
        when = [f"from {order.begin}"] * bool(order.begin) + [f"to {order.end}"] * bool(order.end)
        rows = [" ".join(when)] * bool(when) + (_hours(order.windows) if order.windows else [])
        yield from zip((f"{order.name}: {order.rule or 'no limit'}", *("" for _ in rows[1:])), rows, strict=True)


OUTSIDE = {
    "restart": "each window counts anew",
    "pause": "hours between windows do not count",
    "run": "hours between windows count",
}


def _limit(rule: RuleOptions) -> str:
    if rule.limit_s is None:
        return "no limit"
    limit = f"limit {span(rule.limit_s)}" if rule.limit_s else "nobody may stand there"
    return limit + (f" + {span(rule.grace_s)}" if rule.grace_s else "")


def _hours(windows: Sequence[WindowOptions]) -> list[str]:
    return [f"{_day_range(each.days)} {each.begin}-{each.end}" for each in windows] or ["always"]


def _day_range(days: Sequence[Day]) -> str:
    """ "mon-sat" for days in a row."""
    at = [WEEKDAYS.index(day) for day in days if day in WEEKDAYS]
    if len(at) == len(days) > 2 and at == list(range(at[0], at[0] + len(at))):
        return f"{days[0]}-{days[-1]}"
    return " ".join(days) or "every day"


def _lamps(config: Config, today: date | None) -> Iterator[Row]:
    pole = config.pole
    place = Place(pole.latitude, pole.longitude, pole.timezone)
    day = today or datetime.now(ZoneInfo(pole.timezone)).date()
    for name, lamp in config.lamp.items():
        plan = plan_of(name, lamp, place, config.program, config.calendar)
        follows = _follows(config, lamp, plan, day)
        if follows is None:
            yield name, "no program", f"always {plan.shaped(lamp.default_level_percent, None):g} %"
            continue
        program_name, program = follows
        what = f"{program_name}: {program.on} to {program.off}"
        yield name, f"{lamp.calendar}, {what}" if lamp.calendar else what, _tonight(plan, day)
        yield from (("", "", note) for note in _notes(lamp, program))


def _follows(config: Config, lamp: LampOptions, plan: Plan, day: date) -> tuple[str, ProgramOptions] | None:
    """Name and table of the program of a night."""
    if plan.calendar is None:
        return None
    if lamp.calendar is None:
        name = lamp.program or ""
    else:
        calendar, rule = config.calendar[lamp.calendar], plan.calendar.rule(day)
        name = calendar.program if rule is None else calendar.rules[rule].program
    return name, config.program[name]


def _tonight(plan: Plan, day: date) -> str:
    """The switchings in local time: "17:02 100 %, 23:00 50 %, 07:56 off"."""
    switchings = tonight(plan, day)
    if not switchings:
        return "off tonight"
    timezone = ZoneInfo(plan.place.timezone)
    words = (f"{at.astimezone(timezone):%H:%M} {f'{level:g} %' if level else 'off'}" for at, level in switchings)
    return "tonight " + ", ".join(words)


def _notes(lamp: LampOptions, program: ProgramOptions) -> Iterator[str]:
    """What the switchings do not show."""
    for rule in program.presence:
        part = f" from {rule.begin or 'on'} to {rule.end or 'off'}" if rule.begin or rule.end else ""
        held = f"for {span(rule.hold_s)} after {' or '.join(rule.by)}"
        yield f"{rule.operation} {rule.level_percent:g} % {held}{part}"
    if lamp.floor_percent:
        yield f"when it burns, at least {lamp.floor_percent:g} %"
    if program.photocell:
        yield f"without a clock by the photocell {program.photocell}"


def _without_pole(config: Config) -> Iterator[Row]:
    """What each lamp does by itself when the pole is silent, as its profile has it."""
    own_dir = Path(config.pole.profiles_dir)
    for name, lamp in config.lamp.items():
        words = profile.load(lamp.profile, own_dir).when_silent(lamp.failsafe_level_percent)
        yield name, words or f'not known: profile "{lamp.profile}" does not say'


def _meters(config: Config) -> Iterator[Row]:
    own_dir = Path(config.pole.profiles_dir)
    for name, meter in config.meter.items():
        found = profile.load(meter.profile, own_dir)
        phases = metered(name, meter, found).phases.values()
        limits = " and ".join(
            dict.fromkeys(f"{LOW * each.nominal_v:g} to {HIGH * each.nominal_v:g} V" for each in phases)
        )
        judged = f"alarms outside {limits}" if limits else "its voltage is not judged"
        yield name, found.tables.description, f"every {span(meter.period_s)}, {judged}"


def _cameras(config: Config) -> Iterator[Row]:
    for name, camera in config.camera.items():
        width, height = camera.picture
        yield name, without_secrets(camera.source), f"{width} x {height} px, every {span(camera.period_s)}"
        for zone_name, zone in config.zone.items():
            if zone.camera == name:
                yield f"  {zone_name}", zone.category, "; ".join(_terms(zone))


def _terms(zone: ZoneOptions) -> Iterator[str]:
    yield f"limit {span(zone.limit_s)}" + (f" + {span(zone.grace_s)}" if zone.grace_s else "")
    yield from _hours(zone.windows) if zone.windows else ()
    if zone.exempt_classes:
        yield f"but {', '.join(zone.exempt_classes)}"
    if zone.beside:
        yield f"while a vehicle is in {' or '.join(zone.beside)}"


def _kerb(config: Config) -> Iterator[Row]:
    if not config.zone:
        return
    kerb, authorisation = config.kerb, config.kerb.authorisation
    if kerb.mode == "statistics" or authorisation is None:
        yield "statistics", f"every {span(kerb.period_s)}, counts below {kerb.minimum_count} are not told"
        return
    simulated = ", SIMULATED" if authorisation.simulated else ""
    yield "alert", f"authorised until {authorisation.valid_until}{simulated}"
    yield "", f"{authorisation.legal_basis}; {authorisation.reference}"
    yield "", f"DPIA {authorisation.dpia_reference}; {authorisation.controller}"
