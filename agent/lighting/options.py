"""The lighting tables of the configuration file."""

from drivers.lamp import LampDevice
from drivers.options import Id, Options, Percent


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
    """

    program: Id | None = None
    default_level_percent: Percent = 100.0
