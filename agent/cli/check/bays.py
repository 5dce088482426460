"""Bays and their order in the table of `lamppost check`."""

from collections.abc import Iterator, Sequence

from agent.calendars import WEEKDAYS, Day, WindowOptions
from agent.cli.check.layout import Row
from agent.config.messages import format_duration
from agent.configuration import Config
from agent.trades.parking import RuleOptions
from agent.trades.parking.tables import ParkingTables


def bays(config: Config) -> Iterator[Row]:
    for name, bay in config.of(ParkingTables).bay.items():
        own = RuleOptions(category=bay.category, limit_s=bay.limit_s, grace_s=bay.grace_s)
        order = f"rule {bay.rule}" if bay.rule else _limit(own)
        category = config.of(ParkingTables).rule[bay.rule].category if bay.rule else bay.category
        seen_by = ", ".join((bay.sensor, *bay.also))
        yield name, category, order, f"{seen_by}; group {bay.group}" if bay.group else seen_by


def rules(config: Config) -> Iterator[Row]:
    """Those that a bay uses, itself or by a temporary order."""
    named = {bay.rule for bay in config.of(ParkingTables).bay.values()}
    used = named | {order.rule for name in named if name for order in config.of(ParkingTables).rule[name].orders}
    for name, rule in config.of(ParkingTables).rule.items():
        if name in used:
            yield from ((name, rule.category, _limit(rule), row) for row in hours(rule.windows)[:1])
            yield from (("", "", "", row) for row in hours(rule.windows)[1:])
            yield from (("", "", *row) for row in _temporary(rule))


def _temporary(rule: RuleOptions) -> Iterator[Row]:
    """How hours that are apart count, and what takes the place of the rule for a while."""
    if rule.windows:
        yield "", OUTSIDE[rule.outside]
    for order in rule.orders:
        when = [f"from {order.begin}"] * bool(order.begin) + [f"to {order.end}"] * bool(order.end)
        rows = [" ".join(when)] * bool(when) + (hours(order.windows) if order.windows else [])
        yield from zip((f"{order.name}: {order.rule or 'no limit'}", *("" for _ in rows[1:])), rows, strict=True)


OUTSIDE = {
    "restart": "the count restarts with each window",
    "pause": "hours between windows do not count",
    "run": "hours between windows count",
}


def _limit(rule: RuleOptions) -> str:
    if rule.limit_s is None:
        return "no limit"
    limit = f"limit {format_duration(rule.limit_s)}" if rule.limit_s else "nobody may stand there"
    return limit + (f" + {format_duration(rule.grace_s)}" if rule.grace_s else "")


def hours(windows: Sequence[WindowOptions]) -> list[str]:
    return [f"{_day_range(each.days)} {each.begin}-{each.end}" for each in windows] or ["always"]


def _day_range(days: Sequence[Day]) -> str:
    """ "mon-sat" for days in a row."""
    at = [WEEKDAYS.index(day) for day in days if day in WEEKDAYS]
    if len(at) == len(days) > 2 and at == list(range(at[0], at[0] + len(at))):
        return f"{days[0]}-{days[-1]}"
    return " ".join(days) or "every day"
