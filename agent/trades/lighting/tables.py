"""The tables of the configuration file that are lighting's."""

from typing import ClassVar

from msgspec import field

from agent.trades.lighting.options import CalendarOptions, LampOptions, ProgramOptions
from drivers.options import Id, Options


class LightingTables(Options, frozen=True):
    """Lamps, and what they follow."""

    SUBJECTS: ClassVar[tuple[str, ...]] = ("lamp",)

    lamp: dict[Id, LampOptions] = field(default_factory=dict)
    program: dict[Id, ProgramOptions] = field(default_factory=dict)
    calendar: dict[Id, CalendarOptions] = field(default_factory=dict)
