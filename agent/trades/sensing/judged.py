"""What one reading of a quantity is worth (pure), in this order: marker of no value, range of what is measured, end of
what the device can measure, the time after it came back, the humidity in which particles grow, its calibration, its
unit.
"""

import math
from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from agent.trades.sensing import units
from agent.trades.sensing.options import Calibration, QuantityOptions
from drivers.quantity import FULL_CIRCLE

GROWTH = 1.65
"""Density of what particles are of, g/cm3, by which humidity corrections of sensors are published (kappa-Koehler:
Crilley and others, Atmospheric Measurement Techniques 11, 709, 2018)."""

SATURATED_PERCENT = 100.0
"""The humidity from which on the formula is not defined."""

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
        by: the date and the report that stand for it.
    """

    gain: float
    offset: float
    by: str


def judge(
    options: QuantityOptions, correction: Correction | None, raw: float, humidity: float | None = None
) -> Judged | None:
    """What a reading is worth; None: it is the mark of no value.

    Args:
        humidity: in which it was measured, %; None: nobody knows, and what is corrected by it is no value.
    """
    if raw in options.invalid or not math.isfinite(raw):
        return None
    if not is_measured(options, raw):
        return Judged(None, raw, "out_of_range")
    factor = per_unit(options)
    if options.saturated is not None and raw >= options.saturated:
        return Judged(None, raw * factor, "saturated")
    value = raw if options.kappa is None else dry(raw, options.kappa, humidity)
    if value is None:
        return Judged(None, raw * factor)
    value = value if correction is None else correction.gain * value + correction.offset
    if options.method == "vector":
        value %= FULL_CIRCLE  # north was mounted elsewhere
    return Judged(value * factor, raw * factor)


def dry(raw: float, kappa: float, humidity: float | None) -> float | None:
    """What particles would weigh that have taken up no water; None: nobody knows."""
    if humidity is None or not 0.0 <= humidity < SATURATED_PERCENT:
        return None
    activity = humidity / 100
    return raw / (1 + kappa / GROWTH * activity / (1 - activity))


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
    return Correction(*line(found), f"{found.date}, {found.who}, {found.report}")


def is_corrected(options: QuantityOptions, correction: Correction | None) -> bool:
    """Whether the raw value is kept beside it."""
    return correction is not None or options.kappa is not None


def words(options: QuantityOptions, correction: Correction | None) -> str:
    """All that is done to a value, in its order, in formulas; "": nothing is."""
    found = list[str]()
    if options.kappa is not None:
        grown = (
            "dry",
            "=",
            "raw",
            "/",
            "(1",
            "+",
            f"{options.kappa:g}",
            "/",
            f"{GROWTH:g}",
            "/",
            "(100",
            "/",
            "RH",
            "-",
            "1))",
        )
        found.append(", ".join((" ".join(grown), "kappa-Koehler")))
    if correction is not None:
        read, sign = "raw" if options.kappa is None else "dry", "-" if correction.offset < 0 else "+"
        unit = () if options.gas is None else (options.unit,)
        formula = (f"{correction.gain:g}", "*", read, sign, f"{abs(correction.offset):g}", *unit)
        found.append("; ".join((" ".join(formula), correction.by)))
    if options.gas is not None:
        conditions = options.gas, f"{options.celsius:g} Cel", f"{options.hpa:g} hPa"
        found.append(f"* {per_unit(options):.4g} {options.told_unit}/{options.unit} ({', '.join(conditions)})")
    return " -> ".join(found)


def line(calibration: Calibration) -> tuple[float, float]:
    """Gain and offset, also of two points."""
    if not calibration.points:
        return calibration.gain, calibration.offset
    (read, right), (other_read, other_right) = calibration.points
    gain = (other_right - right) / (other_read - read)
    return gain, right - gain * read
