"""The tables of the configuration file that are lighting's."""

from collections.abc import Mapping
from typing import ClassVar

from msgspec import field, structs

from agent.config.schema import Config, GroupOptions
from agent.trades.lighting.options import AnyLamp, CalendarOptions, Presence, ProgramOptions
from drivers.options import Id, Options


class LightingTables(Options, frozen=True):
    """Lamps, and what they follow."""

    SUBJECTS: ClassVar[tuple[str, ...]] = ("lamp",)
    GROUPS: ClassVar[Mapping[str, str]] = {"lighting": "lamp"}

    lamp: dict[Id, AnyLamp] = field(default_factory=dict)
    program: dict[Id, ProgramOptions] = field(default_factory=dict)
    calendar: dict[Id, CalendarOptions] = field(default_factory=dict)


def lighting_of(config: Config) -> LightingTables:
    """The tables as they are meant: lamps name the programs of their groups, presence the members of those."""
    tables = config.of(LightingTables)
    by_group = {
        lamp: name
        for name, program in tables.program.items()
        for group in program.groups
        for lamp in config.group[group].members
    }
    return structs.replace(
        tables,
        lamp={name: _lamp(lamp, by_group.get(name)) for name, lamp in tables.lamp.items()},
        program={name: _program(program, config.group) for name, program in tables.program.items()},
    )


def _lamp(lamp: AnyLamp, of_group: str | None) -> AnyLamp:
    """What it names itself goes before."""
    own = lamp.program or lamp.calendar
    return lamp if own or of_group is None else structs.replace(lamp, program=of_group)


def _program(program: ProgramOptions, groups: Mapping[str, GroupOptions]) -> ProgramOptions:
    if not any(name in groups for rule in program.presence for name in rule.by):
        return program
    return structs.replace(program, presence=tuple(_presence(rule, groups) for rule in program.presence))


def _presence(rule: Presence, groups: Mapping[str, GroupOptions]) -> Presence:
    named = (groups[name].members if name in groups else (name,) for name in rule.by)
    return structs.replace(rule, by=tuple(dict.fromkeys(name for names in named for name in names)))
