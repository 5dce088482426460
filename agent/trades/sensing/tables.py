"""The tables of the configuration file that are sensing's."""

from typing import ClassVar

from msgspec import field

from agent.trades.sensing.options import SensingOptions, StationOptions
from drivers.options import Id, Options


class SensingTables(Options, frozen=True):
    """Stations."""

    SUBJECTS: ClassVar[tuple[str, ...]] = ("station",)

    sensing: SensingOptions = SensingOptions()
    station: dict[Id, StationOptions] = field(default_factory=dict)
