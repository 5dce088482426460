"""Asks what hangs on the pole once, while no daemon runs: `lamppost check --probe`."""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NoReturn

from msgspec import Struct, structs

from agent.config import Config
from agent.lighting import LampOptions
from drivers import profile, registry
from drivers.base import Quality, Reading
from drivers.errors import DeviceError, Refused
from drivers.line import Line
from drivers.modbus import BIT_FUNCTIONS, Master
from drivers.options import Seconds
from drivers.profile import Measured, Read
from drivers.registry import SensorOptions

LISTEN_S = Seconds(5.0)
"""How long a sensor may stay silent; the A02 family sends about ten frames a second."""


class Answer(Struct, frozen=True):
    """What came of asking one device.

    Args:
        text: its values, or why there are none and what to do.
    """

    name: str
    answered: bool
    text: str


async def probe(config: Config) -> list[Answer]:
    """One answer for each lamp and sensor, in the order of the file; all lines are asked at the same time."""
    async with AsyncExitStack() as opened:
        masters = {
            name: Master(await opened.enter_async_context(Line(name, options))) for name, options in config.line.items()
        }
        own_dir = Path(config.pole.profiles_dir)
        lamps = [_ask(name, _lamp(name, lamp, own_dir, masters[lamp.line])) for name, lamp in config.lamp.items()]
        sensors = [_ask(name, _sensor(name, options)) for name, options in config.sensor.items()]
        return await asyncio.gather(*lamps, *sensors)


async def _ask(name: str, asking: Awaitable[str]) -> Answer:
    try:
        return Answer(name, True, await asking)
    except DeviceError as error:
        return Answer(name, False, error.what + (f" ({error.hint})" if error.hint else ""))


async def _lamp(name: str, lamp: LampOptions, own_dir: Path, master: Master) -> str:
    """Every read of its profile, once; some controllers refuse a part of them. Raises DeviceError."""
    bound = profile.load(lamp.profile, own_dir).bind(channel=lamp.channel, short_address=lamp.short_address)
    said: list[str] = []
    for read in bound.reads:
        try:
            said += _values(read.decode(await _words(name, lamp.unit, read, master)))
        except Refused as error:
            if bound.lamp and bound.lamp.read_back in read.registers:
                raise
            said.append(error.what)
    return ", ".join(said) or "answers"


async def _words(name: str, unit: int, read: Read, master: Master) -> list[int] | list[bool]:
    ask = master.read_bits if read.function in BIT_FUNCTIONS else master.read
    return await ask(name, unit, read.function, read.address, read.count)


def _values(measured: Iterable[Measured]) -> Iterator[str]:
    """Numbers with their names, and of the yes-or-no values those that are yes."""
    for each in measured:
        if each.value is True:
            yield each.quantity
        elif each.value is not False:
            yield f"{each.quantity} {each.value:g}"


class _Heard(Exception):
    """Ends a driver, which runs until something is raised, with its first reading."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading.quantity)
        self.reading = reading


async def _sensor(name: str, options: SensorOptions) -> str:
    """Its first reading. Raises DeviceError."""

    async def emit(reading: Reading) -> NoReturn:
        raise _Heard(reading)

    soon = structs.replace(options, period_s=Seconds(1.0), silence_s=LISTEN_S)
    try:
        await registry.sensor(name, soon).run(emit)
    except _Heard as heard:
        reading = heard.reading
        doubt = f" ({reading.detail})" if reading.quality is Quality.SUSPECT else ""
        return f"{reading.quantity} {reading.value}{doubt}"
    raise AssertionError("a driver returned")
