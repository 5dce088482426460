"""Temporary orders of the town that somebody should look at, of the rules that places of this pole name."""

from collections.abc import Iterator

from agent.config.schema import Config
from agent.regulation import Remarkable, RuleOptions, remarkable
from agent.trades.parking.tables import ParkingTables
from drivers.options import Options


def used_rules(config: Config) -> Iterator[tuple[str, RuleOptions]]:
    """Yields the rules that a bay or a zone uses, itself or by a temporary order."""
    rules = config.of(ParkingTables).rule
    named = {getattr(table, key) for *_path, table in config.members() for key in _naming_a_rule(type(table))}
    used = named | {order.rule for name in named if name for order in rules[name].orders}
    return ((name, rule) for name, rule in rules.items() if name in used)


def _naming_a_rule(kind: type[Options]) -> Iterator[str]:
    """The keys of a table of any trade that name a rule."""
    return (key for key, target in kind.refers().items() if target == "rule")


def orders_to_look_at(config: Config, now_s: float) -> Iterator[Remarkable]:
    """Yields the orders that are over at `now_s`, unix seconds, never hold, or end soon."""
    for name, rule in used_rules(config):
        yield from remarkable(name, rule, config.pole.timezone, now_s)
