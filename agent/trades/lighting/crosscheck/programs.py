"""[program.NAME]: times that exist and make a night, and sensors that are there."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from msgspec import structs

from agent.calendars import skipped
from agent.config.crosscheck import profiles
from agent.config.crosscheck.pole import zone
from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table, all_tables, build
from agent.trades.lighting.options import ProgramOptions
from agent.trades.lighting.plan.night_schedule import night_on
from agent.trades.lighting.plan.photocell import SILENT_S
from agent.trades.lighting.plan.program import DARK, LIGHT, compiled, follows_photocell
from agent.trades.lighting.plan.sun import Place
from agent.trades.lighting.plan.times import LocalTime, parse, parse_inside
from drivers.mapped import LineDevice
from drivers.translation import _

_FIRST_YEAR = 2026
"""The first of the years in which clock changes and nights are looked at: the check says the same on every day."""

_YEAR = [date(_FIRST_YEAR + 1, 1, 1) + timedelta(days=shift) for shift in range(365)]

LUX = "lx"

ENDS = ("on", "off")
"""The keys of the ends of a night: its middle lies between them, and cannot be one."""

_PARTS = ("steps", "adjust", "presence")


def check(config: Table, report: Report) -> None:
    place = _place(config)
    for program in config.tables("program").values():
        said = [_said(table, name, key, place, report) for table, name, key in _times(program)]
        if all(said) and _whole(program):
            _night(program, build(program), place, report)
        _sources(config, program, report)
        _photocell(config, program, report)


def _place(config: Table) -> Place | None:
    """Returns the place of the pole; None where it is wrong, which is reported elsewhere."""
    pole = config.values.get("pole")
    whole = pole.values_of("latitude", "longitude", "timezone") if isinstance(pole, Table) else None
    return Place(*whole) if whole and zone(whole[2]) else None


def _times(program: Table) -> Iterator[tuple[Table, str, str]]:
    """(table, Python name, key of the file) of everything that is a time."""
    yield from ((program, key, key) for key in ENDS)
    yield from ((step, "at", "at") for step in program.values.get("steps", ()))
    for part in ("adjust", "presence"):
        for each in program.values.get(part, ()):
            yield each, "begin", "from"
            yield each, "end", "to"


def _said(table: Table, name: str, key: str, place: Place | None, report: Report) -> bool:
    """Whether the expression at `key` can be read."""
    if name not in table.values:
        return False
    text = table.values[name]
    if text is None or (name in ENDS and text in (DARK, LIGHT)):
        return True
    try:
        time = parse(text) if name in ENDS else parse_inside(text)
    except ValueError as error:
        report.error(table.path, key, str(error))
        return False
    return place is None or not isinstance(time, LocalTime) or _exists(table, key, time, place, report)


def _exists(table: Table, key: str, time: LocalTime, place: Place, report: Report) -> bool:
    """A time that clocks jump over once a year is refused; that of the jump itself is a moment like any other."""
    for night_of in skipped(place.timezone, _FIRST_YEAR):
        if night_of.before < time.minutes < night_of.after:
            before, after = LocalTime(night_of.before), LocalTime(night_of.after)
            what = _('"{time}" does not exist on {day}, when clocks in {timezone} jump from {before} to {after}')
            what = what.format(time=time, day=night_of.day, timezone=place.timezone, before=before, after=after)
            expected = _('expected "{before}" or earlier, "{after}" or later').format(before=before, after=after)
            report.error(table.path, key, what, expected)
            return False
    return True


def _whole(program: Table) -> bool:
    """Whether nothing of the program was reported as wrong before."""
    parts: list[Any] = [each for part in _PARTS for each in program.values.get(part, ())]
    parts += [lux] if isinstance(lux := program.values.get("lux"), Table) else []
    return all(table.values_of(*table.kind.__struct_fields__) is not None for table in (program, *parts))


def _night(program: Table, options: ProgramOptions, place: Place | None, report: Report) -> None:
    """The ends first, then each part on its own, then all of them, so that a message stands at what it means."""
    bare = structs.replace(options, steps=(), adjust=(), presence=())
    if not _compiles(program, ("on",) if _cell_is_wrong(bare) else ("off",), bare, report):
        return
    alone = [
        _compiles(program, (part, at), structs.replace(bare, **{part: (each,)}), report)
        for part in _PARTS
        for at, each in enumerate(getattr(options, part))
    ]
    if all(alone) and _compiles(program, ("steps",), options, report) and place is not None:
        _dark(program, options, place, report)
        for part in _PARTS:
            for at, each in enumerate(getattr(options, part)):
                _outside(program, (part, at), structs.replace(bare, **{part: (each,)}), place, report)


def _cell_is_wrong(options: ProgramOptions) -> bool:
    try:
        follows_photocell(options)
    except ValueError:
        return True
    return False


def _compiles(program: Table, key: tuple[str | int, ...], options: ProgramOptions, report: Report) -> bool:
    try:
        compiled(options)
    except ValueError as error:
        report.error(program.path, key, str(error))
        return False
    return True


def _dark(program: Table, options: ProgramOptions, place: Place, report: Report) -> None:
    """Nights that the sun leaves no room for: right, but seldom what was meant."""
    found = compiled(options)
    if isinstance(found.on, LocalTime) == isinstance(found.off, LocalTime):
        return
    dark = [day for day in _YEAR if night_on(found, day, place) is None]
    if dark:
        what = _('on {count} days of the year "{off}" is not after "{on}"')
        what = what.format(count=len(dark), off=options.off, on=options.on)
        expected = _("the lamp stays dark then, for example on {day}").format(day=dark[len(dark) // 2])
        report.warning(program.path, "off", what, expected)


def _outside(program: Table, key: tuple[str | int, ...], options: ProgramOptions, place: Place, report: Report) -> None:
    """A part that fits into no night of the year: right, but hardly what was meant.

    Args:
        options: the program with this part alone.
    """
    found = compiled(options)
    nights = [one for day in _YEAR if (one := night_on(found, day, place)) is not None]
    if not nights or any(len(one.switchings) > 1 or one.adjust or one.presence for one in nights):
        return
    what = _("in force from the beginning of a night, or never") if options.steps else _("never in force")
    report.warning(program.path, key, _("its time is within no night of the year: {what}").format(what=what))


def _sources(config: Table, program: Table, report: Report) -> None:
    happening = _tell_presence(config)
    for rule in program.values.get("presence", ()):
        for at, name in enumerate(rule.values.get("by", ())):
            if name in happening:
                _place_of_camera(config, rule, at, happening[name], report)
            else:
                _device(config, rule, ("by", at), (name, "presence", [*happening]), report)


def _photocell(config: Table, program: Table, report: Report) -> None:
    """What tells day from night: it is there, it tells that, and often enough to be believed."""
    cell, lux = program.values.get("photocell"), program.values.get("lux")
    if isinstance(lux, Table):
        _lux(config, program, lux, report)
    elif cell is not None:
        _device(config, program, ("photocell",), (cell, "dark", []), report)
    period_s = _devices(config)[cell].values.get("period_s", 0.0) if cell in _devices(config) else 0.0
    if period_s >= SILENT_S:
        what = _("{name} is read each {period_s:g} s, and not believed when its word is {silent_s:g} s old")
        what = what.format(name=cell, period_s=period_s, silent_s=SILENT_S)
        report.error(program.path, "photocell", what, _("expected a shorter period of that device"))


def _lux(config: Table, program: Table, lux: Table, report: Report) -> None:
    cell, limits = program.values.get("photocell"), lux.values_of("on_below_lx", "off_above_lx")
    if limits is not None and limits[1] <= limits[0]:
        what = _("{off:g} lx is not above on_below_lx = {on:g}").format(off=limits[1], on=limits[0])
        report.error(lux.path, "off_above_lx", what, _("expected a gap, or the lamp would flicker at dusk"))
    if "photocell" in program.values and cell is None:
        report.error(lux.path, (), _("stands without photocell"), _("expected the name of the device that measures"))
    elif cell is not None and "quantity" in lux.values:
        _measures_lux(config, program, lux, report)


def _measures_lux(config: Table, program: Table, lux: Table, report: Report) -> None:
    """The device is there, and has that quantity in lux."""
    cell, quantity = program.values["photocell"], lux.values["quantity"]
    device = _devices(config).get(cell)
    found = None if device is None else profiles.found(config, device)
    if device is None or found is None or quantity not in found.quantities:
        _device(config, program, ("photocell",), (cell, quantity, []), report)
    elif (unit := found.quantity(quantity).unit) != LUX:
        what = _("{quantity} of {name} is in {unit}").format(
            quantity=quantity, name=cell, unit=unit or _("no unit that its profile names")
        )
        report.error(lux.path, "quantity", what, _('expected a quantity in lux: unit = "lx" in its profile'))


def _place_of_camera(config: Table, rule: Table, at: int, place: Table, report: Report) -> None:
    """A place that a camera watches, where `rule` waits for one."""
    name = str(place.path[1])
    if "camera" not in place.kind.refers():
        return
    if why := place.kind.presence_withheld(partial(_said_of, config)):
        expected = _("take it out: no lamp waits for it")
        words = _("{name}: {why}").format(name=name, why=why)
        report.warning(rule.path, ("by", at), words, expected, refused=True)
    else:
        what = _("the camera of {name} then serves the lighting too").format(name=name)
        report.warning(rule.path, "by", what, _("name that on its sign and in the register of processing"))


def _said_of(config: Table, table: str, key: str) -> Any:
    found = config.values.get(table)
    return found.values.get(key) if isinstance(found, Table) else None


def _tell_presence(config: Table) -> dict[str, Table]:
    """Returns by name what tells that somebody is there, and the groups that have such a member."""
    found = {str(each.path[1]): each for each in all_tables(config) if each.kind.TELLS_PRESENCE}
    kinds: Mapping[str, str] = getattr(config.kind, "GROUPS", {})
    for name, group in config.tables("group").items():
        if any(member in found for member in config.tables(kinds.get(str(group.values.get("kind")), ""))):
            found[name] = group
    return found


def _device(
    config: Table, table: Table, key: tuple[str | int, ...], wanted: tuple[str, str, list[str]], report: Report
) -> None:
    """`wanted`: the name, what the device must report, and what else could have been named."""
    name, quantity, others = wanted
    devices = _devices(config)
    known = [*others, *devices]
    if name not in known:
        there = one_of(known) if known else _("the file has nothing that could tell")
        report.error(table.path, key, _('there is no "{name}"').format(name=name), there, nearest(name, known))
    elif quantity not in (names := _quantities(config, devices[name])) and names:
        profile = devices[name].values["profile"]
        what = _('profile "{profile}" of {name} has no register or bit called {quantity}')
        what = what.format(profile=profile, name=name, quantity=quantity)
        report.error(table.path, key, what, _("expected a device that reports it"))


def _devices(config: Table) -> dict[str, Table]:
    """Returns every device that a profile describes, by its name."""
    return {str(each.path[1]): each for each in all_tables(config) if issubclass(each.kind, LineDevice)}


def _quantities(config: Table, device: Table) -> frozenset[str]:
    """What a device reports; nothing where its profile is wrong, which is said elsewhere."""
    found = profiles.found(config, device)
    return found.quantities if found else frozenset()
