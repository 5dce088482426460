"""What tells day from night: a device that reports "dark", or one that measures lux, against the sun (pure)."""

from msgspec import Struct, structs

from agent.clock import Moment
from agent.trades.lighting.options import LuxThreshold
from agent.trades.lighting.plan.sun import Place, elevation_degrees
from drivers.base import Reading

SILENT_S = 900.0
"""A photocell that has said nothing for this long is not believed any more."""

DWELL_S = 60.0
"""One that says "dark" must say the new state for so long before it counts: headlights, lightning, a bird."""

DAY_DEGREES, DAY_LEAST_LX = 10.0, 10.0
"""Clouds leave more light than that, lx, with the sun so high: whoever measures less is covered or broken. A clear sky
has 410 lx and more as the sun sets (AMS, Glossary of Meteorology, "civil twilight"), and the dark stratus of USNO
Circular 171 (Janiczek and DeYoung, 1987) a tenth of a clear sky's; a thunderstorm may have less for minutes."""

NIGHT_MOST_LX = ((-12.0, 1.0), (-6.0, 10.0))
"""Sky and full moon give less than that, lx, with the sun so low, degrees: whoever measures more sees lamps.
At the end of civil twilight a clear sky gives 3.5 to 2 lx (AMS, Glossary of Meteorology, "civil twilight"), and a full
moon 0.32 lx at most, mostly 0.05 to 0.1 (Kyba, Mohar and Posch, doi:10.1093/astrogeo/atx025, 2017)."""

LOOK_S = 60.0
"""What is measured is held against the sun again after that time."""


class Cell(Struct, frozen=True):
    """What a program listens to.

    Args:
        device: its name.
        lux: from which light on it is dark; None: the device says so itself.
    """

    device: str
    lux: LuxThreshold | None = None


class Photocell(Struct, frozen=True):
    """What a photocell has said.

    Args:
        dark: what counts.
        at_s: monotonic seconds of its last reading.
        other_since_s: since when it says the contrary of what counts; None: it does not.
        lux: what it measured last; None: it says dark or light alone.
    """

    dark: bool
    at_s: float
    other_since_s: float | None = None
    lux: float | None = None


def hear(cell: Cell, said: Photocell | None, reading: Reading) -> Photocell | None:
    """What a photocell has said, with one more reading; None: it is none of this cell."""
    value, at_s = reading.value, reading.at_s
    if cell.device != reading.device:
        return None
    if cell.lux is None:
        named = reading.quantity == "dark" and isinstance(value, bool)
        return debounced(said, bool(value), at_s, DWELL_S) if named else None
    if reading.quantity != cell.lux.quantity or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    dark = _is_dark(cell.lux, float(value), None if said is None or is_silent(said, at_s) else said.dark)
    return structs.replace(debounced(said, dark, at_s, cell.lux.dwell_s), lux=float(value))


def _is_dark(lux: LuxThreshold, value_lx: float, dark: bool | None) -> bool:
    """It stays what it was between the two limits; where that is not known, it is dark: rather too much light."""
    return value_lx < lux.on_below_lx if dark is False else value_lx <= lux.off_above_lx


def debounced(said: Photocell | None, dark: bool, at_s: float, dwell_s: float) -> Photocell:
    """One more word of a photocell; the first one after silence counts at once."""
    if said is None or is_silent(said, at_s) or dark == said.dark:
        return Photocell(dark, at_s)
    since_s = at_s if said.other_since_s is None else said.other_since_s
    return Photocell(dark, at_s) if at_s - since_s >= dwell_s else Photocell(said.dark, at_s, since_s)


def is_silent(said: Photocell, now_s: float) -> bool:
    return now_s - said.at_s >= SILENT_S


def believed_for_s(said: Photocell, now_s: float) -> float:
    """Returns for how long its word still counts at least, s."""
    left_s = said.at_s + SILENT_S - now_s
    return left_s if said.lux is None else min(left_s, LOOK_S)


def is_impossible(said: Photocell, now: Moment, place: Place) -> bool:
    """Whether no sky gives the light that it measures, by a clock that is set."""
    if said.lux is None:
        return False
    sun_degrees = elevation_degrees(now.unix_s, place.latitude, place.longitude)
    if said.dark:
        return sun_degrees >= DAY_DEGREES and said.lux < DAY_LEAST_LX
    return any(sun_degrees <= degrees and said.lux > most_lx for degrees, most_lx in NIGHT_MOST_LX)
