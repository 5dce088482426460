"""Levels that documents ask of lamps that only switch: any level between would light them wholly."""

from collections.abc import Iterable, Iterator

from agent.config.schema import Config
from agent.trades.documents import members
from agent.trades.lighting import devices
from agent.trades.lighting.crosscheck.switching import WHOLE
from agent.trades.lighting.options import ProgramOptions
from agent.trades.lighting.tables import LightingTables
from drivers.translation import _


def first_switched(lamps: Iterable[str], config: Config) -> str | None:
    """Returns the first lamp, of these and of the groups among them, that only switches; None: each has levels.

    Args:
        lamps: none: every lamp of the pole.
    """
    meant = members("lamp", tuple(lamps) or config.of(LightingTables).lamp, config)
    return next((name for name in meant if _only_switches(name, config)), None)


def _only_switches(lamp: str, config: Config) -> bool:
    options = config.of(LightingTables).lamp.get(lamp)
    return options is not None and devices.only_switches(devices.described(options, config))


def level_between(program: ProgramOptions) -> float | None:
    """Returns the first level of a program that is neither 0 nor 100 %; None: it only switches."""
    return next((level for level in _levels(program) if level not in WHOLE), None)


def _levels(program: ProgramOptions) -> Iterator[float]:
    yield program.level_percent
    yield from (step.level_percent for step in program.steps)
    yield from (each.level_percent for each in program.adjust)
    yield from (each.level_percent for each in program.presence)


def no_level(level_percent: float, lamp: str) -> tuple[str, str]:
    """What is wrong with such a level, and what was expected, in words for a technician."""
    what = _("{level:g} % is no level of {lamp}, which only switches").format(level=level_percent, lamp=lamp)
    return what, _("expected 0 or 100 %, or another program for this lamp")


def no_program(name: str, level_percent: float, lamp: str) -> tuple[str, str]:
    """The same of a level that stands in a program of the file."""
    what = _("[program.{name}] asks for {level:g} %, which is no level of {lamp}: it only switches")
    what = what.format(name=name, level=level_percent, lamp=lamp)
    return what, _("expected a program with 0 or 100 %, or other lamps")
