"""What one reading of a quantity is worth (pure), in this order: marker of no value, range of what is measured, end of
what the device can measure, the time after it came back, its calibration, its unit.
"""

import math
from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from agent.trades.sensing import units
from agent.trades.sensing.options import Calibration, QuantityOptions
from drivers.quantity import FULL_CIRCLE

FaultKind = Literal["out_of_range", "saturated"]


class Judged(NamedTuple):
    """
    Args:
        value: corrected, in the unit in which it is told; None: it is none.
        raw: as the device told it, in the same unit.
        fault: why it is none, or what is the matter with it.
    """

    value: float | None
    raw: float
    fault: FaultKind | None = None


class Correction(NamedTuple):
    """corrected = gain * raw + offset.

    Args:
        words: the formula, with the date and the report that stand for it.
    """

    gain: float
    offset: float
    words: str


def judge(options: QuantityOptions, correction: Correction | None, raw: float) -> Judged | None:
    """What a reading is worth; None: it is the mark of no value."""
    if raw in options.invalid or not math.isfinite(raw):
        return None
    if not is_measured(options, raw):
        return Judged(None, raw, "out_of_range")
    factor = per_unit(options)
    if options.saturated is not None and raw >= options.saturated:
        return Judged(None, raw * factor, "saturated")
    value = raw if correction is None else correction.gain * raw + correction.offset
    if options.method == "vector":
        value %= FULL_CIRCLE  # north was mounted elsewhere
    return Judged(value * factor, raw * factor)


def is_measured(options: QuantityOptions, raw: float) -> bool:
    """Whether it is a value that such a device measures."""
    return raw not in options.invalid and (options.valid is None or options.valid[0] <= raw <= options.valid[1])


def per_unit(options: QuantityOptions) -> float:
    """What a value is multiplied by, to be in the unit in which it is told."""
    if options.gas is None or options.celsius is None or options.hpa is None:
        return 1.0
    return units.micrograms_per_ppb(options.gas, options.celsius, options.hpa)


def correction_on(calibrations: Sequence[Calibration], day: date) -> Correction | None:
    """The calibration in force on a local day: the last one until then."""
    found = max((each for each in calibrations if each.date <= day), key=lambda each: each.date, default=None)
    if found is None:
        return None
    gain, offset = line(found)
    sign = "-" if offset < 0 else "+"
    formula = " ".join((f"{gain:g}", "*", "raw", sign, f"{abs(offset):g}"))
    return Correction(gain, offset, f"{formula}; {found.date}, {found.who}, {found.report}")


def line(calibration: Calibration) -> tuple[float, float]:
    """Gain and offset, also of two points."""
    if not calibration.points:
        return calibration.gain, calibration.offset
    (read, right), (other_read, other_right) = calibration.points
    gain = (other_right - right) / (other_read - read)
    return gain, right - gain * read
