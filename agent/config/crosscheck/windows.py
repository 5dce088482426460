"""Hours in a rule, an order or a zone: they are local times, and not empty."""

from agent.calendars import WindowOptions, minutes_of, window
from agent.config.problems import Report
from agent.config.reader import Table


def check(options: Table, report: Report) -> None:
    """One entry of `windows`."""
    if not _are_times(options, report):
        return
    whole = options.values_of("days", "begin", "end")
    if whole is None:
        return
    try:
        window(WindowOptions(days=whole[0], begin=whole[1], end=whole[2]))
    except ValueError as error:
        report.error(options.path, "to" if report.given(options.path, "to") else "from", str(error))


def _are_times(options: Table, report: Report) -> bool:
    """Whether both ends are, each told by itself."""
    sound = True
    for name, key in (("begin", "from"), ("end", "to")):
        if name in options.values:
            try:
                minutes_of(options.values[name])
            except ValueError as error:
                report.error(options.path, key, str(error))
                sound = False
    return sound
