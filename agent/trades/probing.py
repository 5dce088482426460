"""How a device that speaks by itself is asked once, while no daemon runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from msgspec import Struct

from agent.config.schema import Config
from drivers.base import Driver, Reading
from drivers.lorawan import Network
from drivers.modbus import Master


class ProbeContext(Struct, frozen=True):
    """What devices are asked with.

    Args:
        masters: of each line.
        networks: by name.
    """

    config: Config
    masters: Mapping[str, Master]
    networks: Mapping[str, Network]

    @property
    def profiles_dir(self) -> Path:
        """The technician's own register maps."""
        return Path(self.config.pole.profiles_dir)


class _Heard(Exception):
    """Ends a driver, which runs until something is raised, with its first reading."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading.quantity)
        self.reading = reading


async def first_reading(driver: Driver) -> Reading:
    """Raises DeviceError."""

    async def emit(reading: Reading) -> NoReturn:
        raise _Heard(reading)

    try:
        await driver.run(emit)
    except _Heard as heard:
        return heard.reading
    raise AssertionError("a driver returned")
