"""One line per kind of device: its options and what runs it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from drivers import modbus_sensor, profile
from drivers.base import Driver, Reporting
from drivers.gpio import GpioDriver, GpioSensor
from drivers.lorawan import LorawanDriver, LorawanSensor, Model, Network, models
from drivers.meter import Meter, MeterDevice
from drivers.mistakes import ProfileError
from drivers.modbus import Master
from drivers.modbus_sensor import ModbusSensor
from drivers.serial.sensor import A02Sensor, SerialSensor
from drivers.translation import _

SensorOptions = SerialSensor | ModbusSensor | LorawanSensor | GpioSensor
"""Every kind of [sensor.NAME]: a union, told apart by `kind`."""


class SensorContext(Struct, frozen=True):
    """What a sensor may need beside its own options.

    Args:
        profiles_dir: the technician's own profiles.
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
    SerialSensor: lambda name, options, context: A02Sensor(name, options),
    ModbusSensor: _modbus,
    LorawanSensor: lambda name, options, context: LorawanDriver(
        name, options, context.networks[options.network], models.model(options.model, context.profiles_dir)
    ),
    GpioSensor: lambda name, options, context: GpioDriver(name, options),
}


def sensor(name: str, options: SensorOptions, context: SensorContext) -> Driver:
    """The driver of [sensor.NAME]; nothing is opened before it runs. Raises ProfileError."""
    return SENSORS[type(options)](name, options, context)


def reporting(options: SensorOptions, profiles_dir: Path) -> Reporting:
    """How a sensor of these options reports. Raises ProfileError.

    Args:
        profiles_dir: the technician's own profiles, where a sensor is described by one.
    """
    if isinstance(options, LorawanSensor):
        return _of_lorawan(options, models.model(options.model, profiles_dir))
    if isinstance(options, ModbusSensor):
        return modbus_sensor.reporting(options, profile.load(options.profile, profiles_dir))
    return options.reporting


def _of_lorawan(options: LorawanSensor, model: Model) -> Reporting:
    """Raises ProfileError."""
    usual = model.reporting
    if usual is None:
        raise ProfileError(_('"{model}" tells nothing of a bay').format(model=options.model))
    return structs.replace(usual, period_s=options.period_s(model))
