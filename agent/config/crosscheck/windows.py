"""Hours in a rule, an order or a zone: they are local times, and not empty."""

from agent.calendars import WindowOptions, window
from agent.config.problems import Report
from agent.config.reader import Table


def check(options: Table, report: Report) -> None:
    """One entry of `windows`."""
    whole = options.values_of("days", "begin", "end")
    if whole is None:
        return
    try:
        window(WindowOptions(days=whole[0], begin=whole[1], end=whole[2]))
    except ValueError as error:
        report.error(options.path, "to" if given(options, "to", report) else "from", str(error))


def given(table: Table, key: str, report: Report) -> bool:
    """Whether the key stands in the file, or in the second one that the table is from."""
    return (report.elsewhere(table.path) or report).given(table.path, key)
