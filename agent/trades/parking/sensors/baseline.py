"""The baseline of a magnetometer: the field of the empty bay, adapted slowly (pure)."""

import math

from msgspec import Struct

from drivers.base import Field

FOLLOW_S = 6 * 3600.0
"""Time constant: temperature moves a magnetometer over hours, a vehicle within seconds."""


class Baseline(Struct, frozen=True):
    """x, y and z of the empty bay, in the units of the sensor.

    Args:
        measured: at the installation, where it began.
    """

    x: float
    y: float
    z: float
    measured: Field | None = None


def initial(empty: Field) -> Baseline:
    return Baseline(float(empty.x), float(empty.y), float(empty.z), empty)


def deviation(empty: Baseline, field: Field) -> float:
    """How far a reading is from the empty bay."""
    return math.dist((empty.x, empty.y, empty.z), (field.x, field.y, field.z))


def adapt(empty: Baseline, field: Field, passed_s: float) -> Baseline:
    """Returns the baseline after `passed_s` with that reading of the empty bay."""
    share = 1.0 - math.exp(-max(0.0, passed_s) / FOLLOW_S)
    return Baseline(
        empty.x + share * (field.x - empty.x),
        empty.y + share * (field.y - empty.y),
        empty.z + share * (field.z - empty.z),
        empty.measured,
    )
