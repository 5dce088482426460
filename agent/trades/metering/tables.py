"""The table of the configuration file that is metering's."""

from typing import ClassVar

from msgspec import field

from agent.trades.metering.supply import MeterOptions
from drivers.options import Id, Options


class MeteringTables(Options, frozen=True):
    """Meters."""

    SUBJECTS: ClassVar[tuple[str, ...]] = ("meter",)

    meter: dict[Id, MeterOptions] = field(default_factory=dict)
