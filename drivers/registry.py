"""One line per kind of device: its options and what runs it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from drivers import modbus_sensor, profile
from drivers.base import Driver, Reporting
from drivers.gpio import GpioDriver, GpioSensor
from drivers.lorawan import LorawanDriver, LorawanSensor, Network
from drivers.meter import Meter, MeterDevice
from drivers.modbus import Master
from drivers.modbus_sensor import ModbusSensor
from drivers.serial.sensor import A02Sensor, SerialSensor

SensorOptions = SerialSensor | ModbusSensor | LorawanSensor | GpioSensor
"""Every kind of [sensor.NAME]: a union, told apart by `kind`."""


class SensorContext(Struct, frozen=True):
    """What a sensor may need beside its own options.

    Args:
        profiles_dir: the technician's own register maps.
        masters: of each line.
        networks: by name.
    """

    profiles_dir: Path
    masters: Mapping[str, Master] = {}
    networks: Mapping[str, Network] = {}


def _modbus(name: str, options: ModbusSensor, context: SensorContext) -> Driver:
    device = MeterDevice(line=options.line, unit=options.unit, profile=options.profile, period_s=options.period_s)
    return Meter(name, device, profile.load(options.profile, context.profiles_dir), context.masters[options.line])


SENSORS: Mapping[type[SensorOptions], Callable[[str, Any, SensorContext], Driver]] = {
    SerialSensor: lambda name, options, _: A02Sensor(name, options),
    ModbusSensor: _modbus,
    LorawanSensor: lambda name, options, context: LorawanDriver(name, options, context.networks[options.network]),
    GpioSensor: lambda name, options, _: GpioDriver(name, options),
}


def sensor(name: str, options: SensorOptions, context: SensorContext) -> Driver:
    """The driver of [sensor.NAME]; nothing is opened before it runs. Raises ProfileError."""
    return SENSORS[type(options)](name, options, context)


def reporting(options: SensorOptions, profiles_dir: Path) -> Reporting:
    """How a sensor of these options reports. Raises ProfileError.

    Args:
        profiles_dir: the technician's own register maps, where a sensor is described by one.
    """
    if isinstance(options, ModbusSensor):
        return modbus_sensor.reporting(options, profile.load(options.profile, profiles_dir))
    return options.reporting
