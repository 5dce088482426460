"""What lamps are told of a colour temperature is what their profiles say that they have."""

from collections.abc import Iterator

from agent.config.crosscheck import profiles
from agent.config.problems import Report
from agent.config.reader import Table
from agent.trades.lighting.crosscheck.switching import followed
from agent.trades.lighting.options import LampOptions
from agent.trades.lighting.plan.override import DEFAULT_KEY
from drivers.level import COLOUR
from drivers.translation import _

Bounds = tuple[float, float]


def check(config: Table, report: Report) -> None:
    for lamp in config.tables("lamp").values():
        found = profiles.found(config, lamp)
        if found is None and lamp.kind is LampOptions:
            continue  # its profile is wrong, which is reported elsewhere
        colour = found.tables.lamp.colour if found is not None and found.tables.lamp is not None else None
        _lamp(config, lamp, None if colour is None else colour.range, report)


def _lamp(config: Table, lamp: Table, bounds: Bounds | None, report: Report) -> None:
    _told(lamp, lamp, DEFAULT_KEY, bounds, report)
    asking = [table for program in followed(config, lamp) for table in coloured(program)]
    for table in asking:
        _told(lamp, table, COLOUR, bounds, report)
    if asking and bounds is not None and lamp.values.get(DEFAULT_KEY) is None:
        what = _("is missing: its program tells it a colour temperature")
        report.error(lamp.path, DEFAULT_KEY, what, _("expected what it has where no program says another"))


def _told(lamp: Table, table: Table, key: str, bounds: Bounds | None, report: Report) -> None:
    """Reports what a lamp is told that it does not have."""
    wanted_k = table.values.get(key)
    if wanted_k is None or (bounds is not None and bounds[0] <= wanted_k <= bounds[1]):
        return
    lamp_name, where = lamp.path[1], report.whereabouts(lamp.path)
    if bounds is None:
        what = _("{wanted:g} K is nothing for {lamp} {where}, which is told no colour temperature")
        right = _("expected a profile with [lamp.colour], or another program for this lamp")
    else:
        what = _("{wanted:g} K is no colour temperature of {lamp} {where}")
        right = _("expected {lowest:g} to {highest:g} K").format(lowest=bounds[0], highest=bounds[1])
    report.error(table.path, key, what.format(wanted=wanted_k, lamp=lamp_name, where=where), right)


def coloured(program: Table) -> Iterator[Table]:
    """Every table of a program that has a colour temperature: itself and its steps."""
    for table in (program, *program.values.get("steps", ())):
        if table.values.get(COLOUR) is not None:
            yield table
