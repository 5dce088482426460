"""[program.NAME]: sun events and times that exist and make a night."""

from collections.abc import Callable

from msgspec import structs

from agent.config.problems import Report
from agent.config.reader import Table, build
from agent.lighting import ProgramOptions, compiled, parse, parse_local


def check(config: Table, report: Report) -> None:
    for program in config.tables("program").values():
        ends = [_said(program, key, parse, report) for key in ("on", "off")]
        steps = [_said(step, "at", parse_local, report) for step in program.values.get("steps", ())]
        if all((*ends, *steps)) and _whole(program):
            _night(program, build(program), report)


def _said(table: Table, key: str, reading: Callable[[str], object], report: Report) -> bool:
    """Whether the expression at `key` can be read."""
    text = table.values.get(key)
    if text is None:
        return False
    try:
        reading(text)
    except ValueError as error:
        report.error(table.path, key, str(error))
        return False
    return True


def _whole(program: Table) -> bool:
    """Whether nothing of the program was reported as wrong before."""
    steps = program.values.get("steps", ())
    return program.take("level_percent", "steps") is not None and all(step.take("level_percent") for step in steps)


def _night(program: Table, options: ProgramOptions, report: Report) -> None:
    """The ends first, then each step on its own, then all of them, so that a message stands at what it means."""
    if not _compiles(program, ("off",), structs.replace(options, steps=()), report):
        return
    alone = [
        _compiles(program, ("steps", at), structs.replace(options, steps=(step,)), report)
        for at, step in enumerate(options.steps)
    ]
    if all(alone):
        _compiles(program, ("steps",), options, report)


def _compiles(program: Table, key: tuple[str | int, ...], options: ProgramOptions, report: Report) -> bool:
    try:
        compiled(options)
    except ValueError as error:
        report.error(program.path, key, str(error))
        return False
    return True
