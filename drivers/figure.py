"""What a profile says of one figure, whatever carries it: name, unit, scale, range, and the marks of no value."""

import math
from typing import Annotated

from msgspec import Meta

from drivers.options import Options, Percent, Seconds
from drivers.quantity import Kind, Quantity, of_unit
from drivers.translation import N_, _

NAME_PATTERN = r"^[a-z][a-z0-9_]{0,47}$"
Name = Annotated[str, Meta(pattern=NAME_PATTERN, description=N_("a quantity with its unit, like temperature_c"))]
Words = Annotated[str, Meta(max_length=60)]

DECIMALS = 9
"""Rounds away what a scale such as 0.1 adds in binary."""


class Figure(Options, frozen=True):
    """
    Args:
        quantity: of the readings, with its unit at its end.
        unit, kind, dead_band, dead_band_percent, heartbeat_s: as in a register map.
        scale, offset: value = raw * scale + offset.
        decimals: the value is rounded to so many places behind the point; None: as it is.
        invalid: raw values that mean "no value".
        range: what lies outside is reported as suspect.
    """

    quantity: Name
    unit: Words = ""
    kind: Kind = "measurement"
    scale: float = 1.0
    offset: float = 0.0
    decimals: Annotated[int, Meta(ge=0, le=9)] | None = None
    invalid: tuple[float, ...] = ()
    range: tuple[float, float] | None = None
    dead_band: Annotated[float, Meta(ge=0)] | None = None
    dead_band_percent: Percent | None = None
    heartbeat_s: Seconds | None = None

    @property
    def is_number(self) -> bool:
        """Whether it is none of yes and no, and no words."""
        return True

    @property
    def declared(self) -> Quantity:
        """What its value is."""
        return of_unit(self.unit, self.kind, self.dead_band, self.dead_band_percent, self.heartbeat_s)

    def value_of(self, raw: float) -> int | float | None:
        """The value that a raw number stands for; None: it marks that there is none."""
        if raw in self.invalid or not math.isfinite(raw):
            return None
        if self.scale == 1 and self.offset == 0 and self.decimals is None:
            return raw
        return round(raw * self.scale + self.offset, DECIMALS if self.decimals is None else self.decimals)

    def doubt(self, value: float) -> str:
        """Why a value is not to be trusted; "" where it is."""
        if self.range is None or self.range[0] <= value <= self.range[1]:
            return ""
        words = _("{value:g} {unit} is outside {low:g} to {high:g}")
        return words.format(value=value, unit=self.declared.unit, low=self.range[0], high=self.range[1]).replace(
            "  ", " "
        )

    def mistakes(self) -> list[tuple[str, str]]:
        """Keys that cannot be right, and why."""
        found = list[tuple[str, str]]()
        if self.is_number and (words := wrong_unit(self.unit, self.kind)):
            found.append(("unit", words))
        if self.scale == 0:
            found.append(("scale", _("a scale of 0 leaves nothing of the value")))
        if self.range is not None and not self.range[0] < self.range[1]:
            found.append(("range", _("the first number must be lower than the second")))
        return found


def wrong_unit(unit: str, kind: Kind) -> str:
    """Says what is wrong with the unit of a number that is told; "": nothing."""
    if kind == "state":
        return _('is for what is measured or counted, and kind = "state" is a code') if unit else ""
    return "" if unit else _('is missing; "1" is that of a number without one, and a code has kind = "state"')
