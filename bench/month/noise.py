"""How wrong a sensor is that measures at equal times: each reading by itself, all of a day at once."""

from collections.abc import Sequence

import numpy
from msgspec import Struct
from numpy.typing import NDArray

from month.truth import DAY_S, Visit

NOISE = 0.02
"""Readings that show the opposite state, of sensors that measure each minute or two."""

LOST = 0.01
"""Readings of a measuring sensor, frames and confirmations that never arrive, each by itself."""

NO_ECHO = 0.005

ROAD_MM, ROOF_MM, SCATTER_MM = 2400.0, 850.0, 40.0
NO_ECHO_MM = 0xFFFD


class Measured(Struct, frozen=True):
    """The readings of a day that arrive, one element each.

    Args:
        number: of the day's readings, those that are lost counted too.
        at_s: seconds since the month began.
        mm: distance, or NO_ECHO_MM.
    """

    number: NDArray[numpy.int64]
    at_s: NDArray[numpy.float64]
    mm: NDArray[numpy.int64]


def measured(
    visits: Sequence[Visit], first_s: float, period_s: float, chance: numpy.random.Generator, wrong: float
) -> Measured:
    """A day from `first_s` on.

    Args:
        wrong: share of the readings that show the opposite state.
    """
    number = numpy.arange(round(DAY_S / period_s))
    luck = chance.random(len(number))
    number, luck = number[luck >= LOST], luck[luck >= LOST] - LOST
    at_s = first_s + number * period_s
    turns = numpy.array([edge for each in visits for edge in (each.arrives_s, each.leaves_s)])
    occupied = numpy.searchsorted(turns, at_s, side="right") % 2 == 1
    opposite = (luck >= NO_ECHO) & (luck < NO_ECHO + wrong)
    mm = numpy.where(occupied != opposite, ROOF_MM, ROAD_MM) + chance.normal(0.0, SCATTER_MM, len(number))
    return Measured(number, at_s, numpy.where(luck < NO_ECHO, NO_ECHO_MM, numpy.rint(mm)).astype(numpy.int64))


def a02_frames(mm: NDArray[numpy.int64]) -> list[bytes]:
    """FF, high byte, low byte, and the low byte of their sum."""
    high, low = mm >> 8 & 0xFF, mm & 0xFF
    whole = numpy.stack([numpy.full_like(mm, 0xFF), high, low, (0xFF + high + low) & 0xFF], axis=1)
    data = whole.astype(numpy.uint8).tobytes()
    return [data[at : at + 4] for at in range(0, len(data), 4)]
