"""Loads profiles of contacts and pulses from files."""

from msgspec import Struct

from drivers.gpio.options import COUNT
from drivers.gpio.profile.checks import mistakes
from drivers.gpio.profile.schema import InputTables
from drivers.gpio.profile.vectors import failures
from drivers.profile_loader import ProfileLoader
from drivers.quantity import UNDECLARED, Quantity

FOLDER = "gpio"
"""The place of the technician's own, in the folder of the register maps."""


class InputProfile(Struct, frozen=True):
    """A contact or pulses, as their profile describes them.

    Args:
        tables: without a mistake.
    """

    name: str
    tables: InputTables

    def quantity(self, name: str) -> Quantity:
        """What a figure of that name is."""
        if name == COUNT:
            return Quantity(kind="counter")
        return next((each.declared for each in self.tables.value if each.quantity == name), UNDECLARED)


_PROFILES = ProfileLoader(
    InputTables,
    mistakes,
    failures,
    build=InputProfile,
    folder=FOLDER,
)
SHIPPED, names, load = _PROFILES.shipped, _PROFILES.names, _PROFILES.load
