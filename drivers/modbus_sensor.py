"""[sensor.NAME] kind = "modbus": a sensor that a profile describes, asked like a meter."""

from drivers.base import Reporting
from drivers.mapped import LineDevice
from drivers.options import Seconds
from drivers.profile import Profile

DISTANCE, OCCUPIED = "distance_mm", "occupied"
"""Quantities of a profile by which it is one of a parking sensor."""


class ModbusSensor(LineDevice, frozen=True, tag_field="kind", tag="modbus"):
    """[sensor.NAME] kind = "modbus".

    Args:
        profile: file name, without .toml, of its register map, which has "distance_mm" or "occupied".
        period_s: time between two polls.
    """

    period_s: Seconds = Seconds(1.0)


def reporting(options: ModbusSensor, profile: Profile) -> Reporting:
    """What the device says of itself goes before what would have to be judged by its distance."""
    return Reporting(options.period_s, "occupied" if OCCUPIED in profile.quantities else "distance")
