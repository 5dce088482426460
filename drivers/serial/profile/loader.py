"""Loads profiles of sensors on a serial port from files."""

from msgspec import Struct

from drivers.profile_loader import ProfileLoader
from drivers.quantity import UNDECLARED, Quantity
from drivers.serial.profile.checks import mistakes
from drivers.serial.profile.decoder import SerialDecoder
from drivers.serial.profile.schema import SerialTables
from drivers.serial.profile.vectors import failures

FOLDER = "serial"
"""The place of the technician's own, in the folder of the register maps."""


class SerialProfile(Struct, frozen=True):
    """A sensor on a serial port, as its profile describes it.

    Args:
        tables: without a mistake.
    """

    name: str
    tables: SerialTables

    def decoder(self) -> SerialDecoder:
        return SerialDecoder(self.tables)

    def quantity(self, name: str) -> Quantity:
        """What a figure of that name is."""
        found = (each.declared for each in self.tables.value if each.quantity == name)
        return next(found, UNDECLARED)

    def commands(self, key: str) -> tuple[bytes, ...]:
        """What is said to it, of one key of [command]."""
        return self.tables.command.rows(key)


_PROFILES = ProfileLoader(
    SerialTables,
    mistakes,
    failures,
    build=SerialProfile,
    folder=FOLDER,
)
SHIPPED, names, load = _PROFILES.shipped, _PROFILES.names, _PROFILES.load
