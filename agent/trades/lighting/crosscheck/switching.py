"""Lamps that only switch follow what only switches: a level between is nothing that they could show."""

from collections.abc import Iterator, Sequence

from agent.config.crosscheck import profiles
from agent.config.problems import Report
from agent.config.reader import Table
from agent.trades.lighting.options import GpioLampOptions, LorawanLampOptions
from drivers.translation import _

WHOLE = (0.0, 100.0)

LEVEL = "level_percent"


def check(config: Table, report: Report) -> None:
    for lamp in config.tables("lamp").values():
        if _only_switches(config, lamp):
            _lamp(config, lamp, report)


def _only_switches(config: Table, lamp: Table) -> bool:
    if lamp.kind in (GpioLampOptions, LorawanLampOptions):
        return True
    found = profiles.found(config, lamp)
    return found is not None and found.tables.lamp is not None and found.tables.lamp.only_switches


def _lamp(config: Table, lamp: Table, report: Report) -> None:
    for key in ("default_level_percent", "failsafe_level_percent", "floor_percent"):
        if report.given(lamp.path, key) and lamp.values.get(key) not in (*WHOLE, None):
            _wrong(report, lamp, key, lamp)
    if lamp.values.get("lumen_depreciation_curve"):
        what = _("{lamp} only switches: it has no level to correct").format(lamp=lamp.path[1])
        report.error(lamp.path, "lumen_depreciation_curve", what)
    for program in followed(config, lamp):
        for table in levels(program):
            if table.values.get(LEVEL) not in (*WHOLE, None):
                _wrong(report, table, LEVEL, lamp)


def _wrong(report: Report, table: Table, key: str, lamp: Table) -> None:
    what = _("{level:g} % is no level of {lamp} {where}, which only switches").format(
        level=table.values[key], lamp=lamp.path[1], where=report.whereabouts(lamp.path)
    )
    report.error(table.path, key, what, _("expected 0 or 100 %, or another program for this lamp"))


def followed(config: Table, lamp: Table) -> Sequence[Table]:
    """The programs of a lamp that are there: its own, those of its calendar, or that of its group."""
    programs, calendar = config.tables("program"), config.tables("calendar").get(lamp.values.get("calendar") or "")
    names = {lamp.values.get("program")}
    if calendar is not None:
        names = {calendar.values.get("program"), *(rule.values.get("program") for rule in calendar.values["rules"])}
    elif lamp.values.get("program") is None:
        names = {name for name, each in programs.items() if _has(config, each, str(lamp.path[1]))}
    return [programs[name] for name in names if name in programs]


def _has(config: Table, program: Table, lamp: str) -> bool:
    groups = config.tables("group")
    return any(
        lamp in groups[name].values.get("members", ()) for name in program.values.get("groups", ()) if name in groups
    )


def levels(program: Table) -> Iterator[Table]:
    """Every table of a program that has a level: itself and its parts."""
    yield program
    for part in ("steps", "adjust", "presence"):
        yield from program.values.get(part, ())
