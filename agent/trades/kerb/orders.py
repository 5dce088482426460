"""Hours of zones that say themselves what holds in them, as far as somebody should look at them."""

from collections.abc import Iterator

from agent.config.schema import Config
from agent.regulation import Remarkable, remarkable
from agent.trades.kerb.tables import KerbTables


def hours_to_look_at(config: Config, now_s: float) -> Iterator[Remarkable]:
    """Yields those that are over at `now_s`, unix seconds, never open, or end soon, under the name of the zone."""
    for name, zone in config.of(KerbTables).zone.items():
        if zone.rule is None:
            yield from remarkable(name, zone.own_rule, config.pole.timezone, now_s)
