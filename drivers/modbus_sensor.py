"""[sensor.NAME] kind = "modbus": a sensor that a profile describes, asked like a meter."""

from drivers.base import NOBODY_KNOWS_S, Reporting
from drivers.mapped import MappedDevice
from drivers.options import Seconds
from drivers.profile import Profile

DISTANCE, OCCUPIED = "distance_mm", "occupied"
"""Quantities of a profile by which it is one of a parking sensor."""


class ModbusSensor(MappedDevice, frozen=True, tag_field="kind", tag="modbus"):
    """[sensor.NAME] kind = "modbus".

    Args:
        profile: file name, without .toml, of its register map; of a parking sensor it has "distance_mm" or "occupied".
        period_s: time between two polls.
    """

    period_s: Seconds = Seconds(1.0)


def reporting(options: ModbusSensor, profile: Profile) -> Reporting | None:
    """What the device says of itself goes before what would have to be judged by its distance; None: it tells of no
    bay."""
    if not profile.quantities & {DISTANCE, OCCUPIED}:
        return None
    if OCCUPIED not in profile.quantities:
        return Reporting(options.period_s, "distance")
    declared_s = profile.tables.tells_within_s
    return Reporting(options.period_s, "occupied", NOBODY_KNOWS_S if declared_s is None else float(declared_s))
