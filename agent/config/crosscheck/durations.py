"""How short and how long each duration may be: their type knows only that they are durations."""

from agent.config import messages
from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from drivers.options import Seconds
from drivers.translation import _


def check(config: Table, report: Report) -> None:
    for table in all_tables(config):
        bounds = table.kind.bounds()
        for name, value in table.values.items():
            if name in bounds and isinstance(value, Seconds):
                _in_range(table, name, value, bounds[name], report)


def _in_range(table: Table, name: str, value: Seconds, bounds: tuple[str, str], report: Report) -> None:
    shortest, longest = bounds
    if not Seconds.parse(shortest) <= value <= Seconds.parse(longest):
        what = _("{duration} is too short") if value < Seconds.parse(shortest) else _("{duration} is too long")
        expected = _('expected "{shortest}" to "{longest}"').format(shortest=shortest, longest=longest)
        report.error(
            table.path,
            name.removesuffix("_s"),
            what.format(duration=messages.format_duration(value)),
            expected,
        )
