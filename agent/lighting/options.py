"""The lighting tables of the configuration file."""

from typing import Annotated

from msgspec import Meta

from drivers.lamp import LampDevice
from drivers.options import Id, Options, Percent, Seconds

Watts = Annotated[float, Meta(ge=0.1, le=100_000)]
"""TALQ 2.7.1, LampType.wattage: at most 100 kW."""


class DimStep(Options, frozen=True):
    """From local time `at` on, until the next step or the end of the night.

    Args:
        at: local time "HH:MM".
    """

    at: str
    level_percent: Percent


class ProgramOptions(Options, frozen=True):
    """[program.NAME]: one night.

    Args:
        on, off: "sunset", "sunrise", "dusk", "dawn" (civil) with an offset ("sunset-10min"), or local time "HH:MM".
        level_percent: from `on` until the first step.
        steps: fixed-time dimming inside the night.
    """

    on: str = "sunset"
    off: str = "sunrise"
    level_percent: Percent = 100.0
    steps: tuple[DimStep, ...] = ()


class LampOptions(LampDevice, frozen=True):
    """[lamp.NAME]: the device, and what it follows.

    Args:
        program: name of its [program.NAME]; None: always `default_level_percent`.
        default_level_percent: with no program and no override, and while the clock is not trusted.
        wattage_w: what lamp and gear draw at 100 %; None: their power is not judged, and no energy estimated.
        power_tolerance_percent: of the wattage, by which the power may differ from what the level explains.
        warm_up_s: so long after switching on and after each change of level nothing is judged.
        alarm_after_s: what is wrong must last so long to be told, and be right as long to be told as over.
    """

    program: Id | None = None
    default_level_percent: Percent = 100.0
    wattage_w: Watts | None = None
    power_tolerance_percent: Annotated[float, Meta(ge=1, le=100)] = 20.0
    warm_up_s: Seconds = Seconds(60.0)
    alarm_after_s: Seconds = Seconds(60.0)
