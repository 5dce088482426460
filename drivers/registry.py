"""One line per kind of device: its options and what runs it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from drivers import gpio, modbus_sensor, profile, serial
from drivers.base import Driver, Reporting
from drivers.gpio import GpioDriver, GpioInput, GpioSensor
from drivers.lorawan import LorawanSensor, models
from drivers.meter import Meter, MeterDevice
from drivers.modbus import Master
from drivers.modbus_sensor import ModbusSensor
from drivers.serial.options import UartSensor
from drivers.serial.sensor import A02Sensor, SerialSensor

if TYPE_CHECKING:
    from drivers.lorawan import Network

SensorOptions = SerialSensor | ModbusSensor | LorawanSensor | GpioSensor | UartSensor | GpioInput
"""Every kind of [sensor.NAME]: a union, told apart by `kind`."""


class SensorContext(Struct, frozen=True):
    """What a sensor may need beside its own options.

    Args:
        profiles_dir: the technician's own profiles.
        masters: of each line.
        networks: by name.
        counted: what it had counted before, by quantity.
    """

    profiles_dir: Path
    masters: Mapping[str, Master] = {}
    networks: "Mapping[str, Network]" = {}
    counted: Mapping[str, float] = {}


def _modbus(name: str, options: ModbusSensor, context: SensorContext) -> Driver:
    device = MeterDevice(line=options.line, unit=options.unit, profile=options.profile, period_s=options.period_s)
    return Meter(name, device, profile.load(options.profile, context.profiles_dir), context.masters[options.line])


def _uart(name: str, options: UartSensor, context: SensorContext) -> Driver:
    from drivers.serial import profile  # what reads profiles is for poles that have such a sensor
    from drivers.serial.uart import UartDriver

    return UartDriver(name, options, profile.load(options.profile, context.profiles_dir), context.counted)


def _lorawan(name: str, options: LorawanSensor, context: SensorContext) -> Driver:
    from drivers.lorawan.sensor import LorawanDriver

    model = models.model(options.model, context.profiles_dir)
    return LorawanDriver(name, options, context.networks[options.network], model)


def _input(name: str, options: GpioInput, context: SensorContext) -> Driver:
    from drivers.gpio import profile
    from drivers.gpio.input import InputDriver

    return InputDriver(name, options, profile.load(options.profile, context.profiles_dir), context.counted)


SENSORS: Mapping[type[SensorOptions], Callable[[str, Any, SensorContext], Driver]] = {
    SerialSensor: lambda name, options, context: A02Sensor(name, options),
    ModbusSensor: _modbus,
    LorawanSensor: _lorawan,
    GpioSensor: lambda name, options, context: GpioDriver(name, options),
    UartSensor: _uart,
    GpioInput: _input,
}

COUNTED: Mapping[type[SensorOptions], frozenset[str]] = {
    UartSensor: serial.options.COUNTED,
    GpioInput: gpio.options.COUNTED,
}
"""Quantities of a kind that go on after a restart from where they were."""


def sensor(name: str, options: SensorOptions, context: SensorContext) -> Driver:
    """The driver of [sensor.NAME]; nothing is opened before it runs. Raises ProfileError."""
    return SENSORS[type(options)](name, options, context)


def reporting(options: SensorOptions, profiles_dir: Path) -> Reporting | None:
    """How a sensor of these options tells of a bay; None: it tells of none. Raises ProfileError.

    Args:
        profiles_dir: the technician's own profiles, where a sensor is described by one.
    """
    match options:
        case LorawanSensor():
            return _of_lorawan(options, profiles_dir)
        case ModbusSensor():
            return modbus_sensor.reporting(options, profile.load(options.profile, profiles_dir))
        case UartSensor() | GpioInput():
            return None
    return options.reporting


def _of_lorawan(options: LorawanSensor, profiles_dir: Path) -> Reporting | None:
    """Raises ProfileError."""
    model = models.model(options.model, profiles_dir)
    usual = model.reporting
    return None if usual is None else structs.replace(usual, period_s=options.period_s(model))


def described_by(options: SensorOptions, profiles_dir: Path) -> object:
    """What a sensor is described by, as that is now; None: nothing but its table. Raises ProfileError."""
    match options:
        case LorawanSensor():
            return models.model(options.model, profiles_dir)
        case ModbusSensor():
            return profile.load(options.profile, profiles_dir)
        case UartSensor():
            from drivers.serial import profile as serial_profile

            return serial_profile.load(options.profile, profiles_dir)
        case GpioInput():
            from drivers.gpio import profile as input_profile

            return input_profile.load(options.profile, profiles_dir)
    return None


def quantities(options: SensorOptions, profiles_dir: Path) -> frozenset[str]:
    """What a sensor tells that tells of no bay. Raises ProfileError."""
    described: Any = described_by(options, profiles_dir)
    if isinstance(options, LorawanSensor):
        return frozenset(described.quantities)
    return frozenset(described.quantities if isinstance(options, ModbusSensor) else described.tables.quantities)
