"""What a lamp tells of vehicles that a camera sees: when it rose and fell again, and what it used meanwhile."""

from collections.abc import Collection, Iterator

from agent.config.schema import Config
from agent.events import TELEMETRY_READING
from agent.store import What
from agent.trades.build import Derived
from agent.trades.lighting.event_types import LAMP_ENERGY, LAMP_LEVEL
from agent.trades.lighting.tables import lighting_of


def waiting_for(config: Config, places: Collection[str]) -> dict[str, frozenset[str]]:
    """Returns what of these places each lamp waits for, by itself or by what names one of them, by its name."""
    tables, naming = lighting_of(config), config.naming(places)
    of_program = {
        name: frozenset(by for rule in program.presence for by in rule.by if by in naming)
        for name, program in tables.program.items()
    }
    found: dict[str, frozenset[str]] = {}
    for name, lamp in tables.lamp.items():
        calendar = tables.calendar[lamp.calendar] if lamp.calendar is not None else None
        programs = {calendar.program, *(each.program for each in calendar.rules)} if calendar else {lamp.program}
        found[name] = frozenset[str]().union(*(of_program[each] for each in programs if each))
    return {name: sources for name, sources in found.items() if sources}


_TYPES = frozenset({LAMP_LEVEL, LAMP_ENERGY, TELEMETRY_READING})


def derived(config: Config, places: Collection[str]) -> Iterator[Derived]:
    return (Derived(What(_TYPES, lamp), always=False, draws_power=True) for lamp in waiting_for(config, places))
