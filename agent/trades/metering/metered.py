"""What a meter tells of the power that the pole draws."""

from collections.abc import Iterator

from agent.config.schema import Config
from agent.events import TELEMETRY_READING
from agent.store import What
from agent.trades.metering.event_types import METER_ENERGY
from agent.trades.metering.tables import MeteringTables


def metered(config: Config) -> Iterator[What]:
    types = frozenset({METER_ENERGY, TELEMETRY_READING})
    return (What(types, meter) for meter in config.of(MeteringTables).meter)
