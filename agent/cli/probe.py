"""Asks what hangs on the pole once, while no daemon runs: `lamppost check --probe`."""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NoReturn

from msgspec import Struct, structs

from agent.access import network
from agent.clock import SystemClock
from agent.configuration import Config
from agent.trades.kerb import ZoneOptions
from agent.trades.kerb.tables import KerbTables
from agent.trades.lighting import LampOptions
from agent.trades.lighting.tables import LightingTables
from agent.trades.metering.tables import MeteringTables
from agent.trades.parking.tables import ParkingTables
from drivers import profile, registry
from drivers.base import Driver, Quality, Reading
from drivers.camera.driver import CameraDriver
from drivers.errors import DeviceError, NoAnswer
from drivers.line import Line
from drivers.lorawan import LorawanSensor, Network
from drivers.meter import MeterDevice
from drivers.modbus import Master
from drivers.modbus_sensor import ModbusSensor
from drivers.options import Seconds
from drivers.profile import BoundProfile, Measured
from drivers.registers import Registers
from drivers.registry import SensorOptions
from drivers.serial.sensor import SerialSensor

Mapped = LampOptions | MeterDevice | ModbusSensor
"""What a profile describes."""

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
    """One answer for each device, in the order of the file; all lines are asked at the same time.

    A LoRaWAN sensor speaks when it wants to: its network answers in its place.
    """
    async with AsyncExitStack() as opened:
        masters = {
            name: Master(await opened.enter_async_context(Line(name, options))) for name, options in config.line.items()
        }
        own_dir, clock = Path(config.pole.profiles_dir), SystemClock(config.pole.clock)
        modbus = {
            name: options
            for name, options in config.of(ParkingTables).sensor.items()
            if isinstance(options, ModbusSensor)
        }
        mapped: dict[str, Mapped] = {**config.of(LightingTables).lamp, **config.of(MeteringTables).meter, **modbus}
        devices = [
            _ask(name, _values(name, device, _bound(device, own_dir), masters[device.line]))
            for name, device in mapped.items()
        ]
        networks = {name: network(name, options, clock.now) for name, options in config.lorawan.items()}
        context = registry.SensorContext(own_dir, masters, networks)
        speaking = [_ask(name, _network(each)) for name, each in networks.items()]
        speaking += [
            _ask(name, _sensor(name, options, context))
            for name, options in config.of(ParkingTables).sensor.items()
            if not isinstance(options, ModbusSensor | LorawanSensor)
        ]
        speaking += [
            _ask(name, _camera(CameraDriver(name, options, *_seen(config, name))))
            for name, options in config.of(KerbTables).camera.items()
        ]
        return await asyncio.gather(*devices, *speaking)


async def _ask(name: str, asking: Awaitable[str]) -> Answer:
    try:
        return Answer(name, True, await asking)
    except DeviceError as error:
        return Answer(name, False, error.what + (f" ({error.hint})" if error.hint else ""))


def _bound(device: Mapped, own_dir: Path) -> BoundProfile:
    parameters = device.parameters if isinstance(device, LampOptions) else {}
    return profile.load(device.profile, own_dir).bind(**parameters)


async def _values(name: str, device: Mapped, bound: BoundProfile, master: Master) -> str:
    """Every read of its profile, once; some devices refuse a part of them. Raises DeviceError."""
    needed = [bound.lamp.read_back.name] if bound.lamp and bound.lamp.read_back else []
    registers = Registers(name, device.unit, bound, master, needed)
    said: list[str] = []
    refusals: list[str] = []
    for read in registers.reads:
        for part, words in await registers.answers(read, refusals):
            said += _shown(part.decode(words))
    return ", ".join(said + refusals) or "answers"


def _shown(measured: Iterable[Measured]) -> Iterator[str]:
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


async def _sensor(name: str, options: SensorOptions, context: registry.SensorContext) -> str:
    """Its first reading. Raises DeviceError."""
    if isinstance(options, SerialSensor):
        options = structs.replace(options, period_s=Seconds(1.0), silence_s=LISTEN_S)
    reading = await _first(registry.sensor(name, options, context))
    doubt = f" ({reading.detail})" if reading.quality is Quality.SUSPECT else ""
    return f"{reading.quantity} {reading.value}{doubt}"


async def _network(network: Network) -> str:
    """Raises DeviceError."""
    await _first(network)
    return "its broker answers; the sensors speak by themselves"


def _seen(config: Config, camera: str) -> tuple[dict[str, ZoneOptions], Path]:
    """Its zones, and where its model lies."""
    zones = {name: zone for name, zone in config.of(KerbTables).zone.items() if zone.camera == camera}
    return zones, Path(config.pole.models_dir)


async def _camera(camera: CameraDriver) -> str:
    """What it says of its first picture. Raises DeviceError."""
    reading = await _first(camera)
    if reading.value == "no_picture":
        raise NoAnswer(camera.name, reading.detail)
    return "its model runs, its zones fit the picture" + ("" if reading.value == "ok" else f": {reading.value}")


async def _first(driver: Driver) -> Reading:
    """Raises DeviceError."""

    async def emit(reading: Reading) -> NoReturn:
        raise _Heard(reading)

    try:
        await driver.run(emit)
    except _Heard as heard:
        return heard.reading
    raise AssertionError("a driver returned")
