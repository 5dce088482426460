"""Documents of the kinds "lighting-program", "lighting-calendar" and "lighting-group": what lamps follow for some days.

TALQ 2.7.1 calls them control programs, calendars and groups. They take the place of what the file says of a lamp; when
they end, or are withdrawn, the file holds again. A program goes before a calendar, and that before a group.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta, structs

from agent.config.reader import Table, build
from agent.config.schema import Config
from agent.trades.build import Components
from agent.trades.documents import Complain, DocumentKind, InForce, members
from agent.trades.lighting import devices
from agent.trades.lighting.crosscheck.colours import coloured
from agent.trades.lighting.crosscheck.switching import WHOLE, levels
from agent.trades.lighting.options import CalendarOptions, ProgramOptions
from agent.trades.lighting.part import Followed, LightingPart
from agent.trades.lighting.plan.calendar import Calendar, always, calendar_of
from agent.trades.lighting.plan.override import DEFAULT_KEY
from agent.trades.lighting.plan.program import follows_photocell
from agent.trades.lighting.switched import first_switched, level_between, no_level, no_program
from agent.trades.lighting.tables import LightingTables, lighting_of
from drivers.level import COLOUR
from drivers.options import Id, Options
from drivers.translation import _

Lamps = Annotated[tuple[Id, ...], Meta(max_length=64)]


class LampProgram(ProgramOptions, frozen=True):
    """A program, as in the file, without what it would have to listen to.

    Args:
        lamps: names of lamps and of groups of these; none: every lamp of the pole.
    """

    lamps: Lamps = ()


class LampCalendar(CalendarOptions, frozen=True):
    """A calendar, as in the file, of programs that stand there.

    Args:
        lamps: as of a program.
    """

    lamps: Lamps = ()


class LampMembers(Options, frozen=True):
    """The document gives the group of lamps of its name other members: for commands, and for the programs of the group.

    Args:
        lamps: names of lamps.
    """

    lamps: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=64)]


def _check_program(content: Table, config: Config, complain: Complain) -> None:
    for key in ("presence", "photocell", "lux", "groups"):
        if content.values.get(key):
            complain(key, _("stands in no document"), _("expected a program by the clock and the sun, and lamps"))
    _check_lamps(content, config, complain)
    options = _whole(content, complain, _problem_of_program)
    if options is not None:
        _check_levels(content, structs.asdict(options)["lamps"], config, complain)
        _check_colours(content, structs.asdict(options)["lamps"], config, complain)


def _problem_of_program(options: ProgramOptions) -> None:
    """Raises ValueError."""
    if follows_photocell(options):
        raise ValueError(_('"dark" is told by a photocell'))
    always(options)


def _check_levels(content: Table, lamps: Iterable[str], config: Config, complain: Complain) -> None:
    """Complains of a level between for a lamp that only switches."""
    between = [table for table in levels(content) if table.values.get("level_percent") not in WHOLE]
    if between and (lamp := first_switched(lamps, config)):
        key = (*between[0].path[len(content.path) :], "level_percent")
        complain(key, *no_level(between[0].values["level_percent"], lamp))


def _check_colours(content: Table, lamps: Iterable[str], config: Config, complain: Complain) -> None:
    """Complains of a colour temperature that one of its lamps does not have."""
    for table in coloured(content):
        wanted_k = table.values[COLOUR]
        without = [name for name in _meant(lamps, config) if not _has_colour(name, wanted_k, config)]
        if without:
            key = (*table.path[len(content.path) :], COLOUR)
            what = _("{wanted:g} K is no colour temperature that {lamp} is told").format(
                wanted=wanted_k, lamp=without[0]
            )
            complain(key, what, _("expected one of its profile, and {key} of the lamp").format(key=DEFAULT_KEY))
            return


def _has_colour(lamp: str, wanted_k: float, config: Config) -> bool:
    options = config.of(LightingTables).lamp.get(lamp)
    has = None if options is None else devices.colours(options, devices.described(options, config))
    return options is None or (has is not None and wanted_k in has)


def _check_calendar(content: Table, config: Config, complain: Complain) -> None:
    _check_lamps(content, config, complain)
    programs = config.of(LightingTables).program
    named = [content, *content.values.get("rules", ())]
    unknown = [table for table in named if table.values.get("program") not in (*programs, None)]
    for table in unknown:
        key = (*table.path[len(content.path) :], "program")
        complain(key, _("there is no [program.{name}]").format(name=table.values["program"]))
    if not unknown and (options := _whole(content, complain, lambda options: calendar_of(options, programs))):
        _check_programs(content, options.lamps, config, complain)


def _check_programs(content: Table, lamps: Iterable[str], config: Config, complain: Complain) -> None:
    """Complains of each program of a calendar with a level between, where one of the lamps only switches."""
    lamp = first_switched(lamps, config)
    if lamp is None:
        return
    for table in (content, *content.values["rules"]):
        name = table.values["program"]
        if level_percent := level_between(config.of(LightingTables).program[name]):
            complain((*table.path[len(content.path) :], "program"), *no_program(name, level_percent, lamp))


def _check_lamps(content: Table, config: Config, complain: Complain) -> None:
    if content.values.get("lamps") == () and not config.of(LightingTables).lamp:
        complain("lamps", _("the pole has no lamp"))


def _check_group(content: Table, config: Config, complain: Complain) -> None:
    group = str(content.path[-1])
    if group not in config.groups("lighting"):
        what = _('there is no [group.{name}] with kind = "lighting"').format(name=group)
        complain("lamps", what, _("expected the name of a group of the pole"))
        return
    following = _free(config) & {*members("lamp", content.values.get("lamps", ()), config)}
    if following and (lamp := first_switched(sorted(following), config)):
        _check_program_of(group, lamp, config, complain)


def _check_program_of(group: str, lamp: str, config: Config, complain: Complain) -> None:
    """Complains of each program of a group with a level between, for a lamp of it that only switches."""
    for name, program in config.of(LightingTables).program.items():
        if group in program.groups and (level_percent := level_between(program)):
            complain("lamps", *no_program(name, level_percent, lamp))


def _free(config: Config) -> set[str]:
    """The lamps that follow the program of their group: they name neither a program nor a calendar."""
    lamps = config.of(LightingTables).lamp
    return {name for name, lamp in lamps.items() if lamp.program is None and lamp.calendar is None}


def _whole(content: Table, complain: Complain, judge: Callable[[Any], object]) -> Any:
    """The options, where every key is right and `judge` raises no ValueError; else None."""
    if content.values_of(*(field.name for field in structs.fields(content.kind))) is None:
        return None
    options = build(content)
    try:
        judge(options)
    except ValueError as error:
        complain((), str(error))
        return None
    return options


def _meant(lamps: Iterable[str], config: Config) -> tuple[str, ...]:
    return members("lamp", tuple(lamps) or config.of(LightingTables).lamp, config)


def _of_lamps(config: Config, documents: Sequence[InForce[Any]], calendar: Callable[[Any], Calendar]) -> Followed:
    """What each lamp follows by these; the one that was set last counts."""
    return {
        lamp: calendar(each.content)
        for each in documents
        for lamp in _meant(each.content.lamps, config)
    }  # fmt: skip


async def _apply_programs(built: Components, config: Config, documents: Sequence[InForce[LampProgram]]) -> None:
    def calendar(program: LampProgram) -> Calendar:
        given = {key: value for key, value in structs.asdict(program).items() if key != "lamps"}
        return always(ProgramOptions(**given))

    built.part(LightingPart).followed["program"] = _of_lamps(config, documents, calendar)


async def _apply_calendars(built: Components, config: Config, documents: Sequence[InForce[LampCalendar]]) -> None:
    programs = config.of(LightingTables).program
    built.part(LightingPart).followed["calendar"] = _of_lamps(
        config, documents, lambda content: calendar_of(content, programs)
    )


async def _apply_groups(built: Components, config: Config, documents: Sequence[InForce[LampMembers]]) -> None:
    part, groups = built.part(LightingPart), config.groups("lighting")
    part.regrouped = {each.name: members("lamp", each.content.lamps, config) for each in documents}
    touched = {lamp for name, now in part.regrouped.items() for lamp in (*now, *groups[name].members)} & _free(config)
    programs = _programs_of_lamps(config, part.regrouped)
    part.followed["group"] = {lamp: programs.get(lamp) for lamp in touched}


def _programs_of_lamps(config: Config, regrouped: Mapping[str, Sequence[str]]) -> dict[str, Calendar]:
    """What the lamps of each program's groups follow by it, with the members that these have now."""
    groups = config.groups("lighting")
    return {
        lamp: always(program)
        for program in lighting_of(config).program.values()
        for group in program.groups
        for lamp in regrouped.get(group, groups[group].members)
    }


KINDS = (
    DocumentKind("lighting-group", LampMembers, _check_group, _apply_groups, {"lamps": "lamp"}),
    DocumentKind("lighting-calendar", LampCalendar, _check_calendar, _apply_calendars, {"lamps": "lamp"}),
    DocumentKind("lighting-program", LampProgram, _check_program, _apply_programs, {"lamps": "lamp"}),
)
