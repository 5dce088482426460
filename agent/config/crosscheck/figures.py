"""What numbers a device of the configuration tells, and their units, by its profile: for trades that read some."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.config.crosscheck import profiles
from agent.config.crosscheck.resources import profiles_dir
from agent.config.reader import Table
from drivers.gpio import GpioInput
from drivers.gpio.options import COUNT
from drivers.lorawan import LorawanSensor
from drivers.mapped import LineDevice
from drivers.mistakes import ProfileError
from drivers.quantity import Quantity, of_unit
from drivers.serial.options import CYCLES, RUNNING, SINCE_CLEANING, UartSensor
from drivers.serial.sensor import DISTANCE, SerialSensor

if TYPE_CHECKING:
    from drivers.serial.profile import SerialProfile

Figures = Mapping[str, Quantity]

COUNTER, HOURS = Quantity(kind="counter"), Quantity("h", kind="counter")


def told(config: Table, device: Table) -> Figures | None:
    """The numbers of a device, by quantity; None: it is wrong itself, or nothing lists what it tells."""
    folder, kind = profiles_dir(config), device.kind
    if kind is SerialSensor:
        return {DISTANCE: of_unit("mm")}
    if folder is None:
        return None
    if kind is LorawanSensor:
        return _of_lorawan(config, device)
    if issubclass(kind, LineDevice):
        return _of_registers(config, device)
    try:
        return _of_profile(device, folder)
    except ProfileError:
        return None


def _of_lorawan(config: Table, device: Table) -> Figures | None:
    from drivers.lorawan.codecs.frame import OF_EVERY_SENSOR

    model = profiles.lorawan_model(config, device)
    return {**OF_EVERY_SENSOR, **model.quantities} if model is not None and model.quantities else None


def _of_registers(config: Table, device: Table) -> Figures | None:
    found = profiles.found(config, device)
    if found is None:
        return None
    return {name: each.quantity for name, each in found.tables.register.items() if each.type not in {"bits", "coil"}}


def _of_profile(device: Table, folder: Path) -> Figures | None:
    """The numbers of a sensor on a serial port, or of a contact. Raises ProfileError."""
    name = device.values.get("profile")
    if name is None:
        return None
    if device.kind is UartSensor:
        from drivers.serial import profile as serial

        return _of_serial(serial.load(name, folder))
    if device.kind is GpioInput:
        from drivers.gpio import profile as inputs

        return _numbers(inputs.load(name, folder).tables.value) | {COUNT: COUNTER}
    return None


def _of_serial(profile: "SerialProfile") -> Figures:
    tables = profile.tables
    hours = (RUNNING, SINCE_CLEANING) if tables.command.clean else (RUNNING,)
    counted = dict.fromkeys(hours, HOURS) if tables.counts_hours else {}
    return _numbers(tables.value) | counted | {CYCLES: COUNTER}


def _numbers(values: Iterable[Any]) -> dict[str, Quantity]:
    return {each.quantity: each.declared for each in values if each.is_number}
