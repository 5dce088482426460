"""Whether the profile that describes a device is there and can be read; a trade asks whether it fits."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agent.config import syntax
from agent.config.crosscheck.resources import profiles_dir
from agent.config.problems import ConfigError, Report, nearest, one_of
from agent.config.reader import Table, all_tables
from drivers import profile
from drivers.gpio import GpioInput
from drivers.lorawan import LorawanDevice, LorawanSensor, Model, models
from drivers.mapped import LineDevice
from drivers.modbus_sensor import DISTANCE, OCCUPIED, ModbusSensor
from drivers.profile import Profile, ProfileError
from drivers.serial.options import UartSensor
from drivers.translation import _

if TYPE_CHECKING:
    from drivers.serial.profile import SerialProfile


def check(config: Table, report: Report) -> None:
    """What is wrong with a profile is told once, at the first device that names it."""
    folder, tried = profiles_dir(config), set[str]()
    if folder is None:
        return
    for device in all_tables(config):
        name = str(device.values.get("profile"))
        named = issubclass(device.kind, LineDevice) and "profile" in device.values
        if named and name not in tried and _known(device, name, folder, report):
            tried.add(name)
            _readable(config, device, name, folder, report)
    _sensors(config, folder, report)


class _Described(NamedTuple):
    """Profiles of one kind of sensor.

    Args:
        key: that names one.
        none: what to say where there is none of that name.
        names, load: as of the room that reads them.
        folder: of the technician's own, in `profiles_dir`.
    """

    key: str
    none: str
    names: Callable[[Path], Sequence[str]]
    load: Callable[[str, Path], object]
    folder: str


def _described(kind: type) -> _Described | None:
    """Returns those of a kind; None: it has none, or shares those of a line. What reads profiles is for poles that
    have such a sensor."""
    if issubclass(kind, LorawanDevice):
        from drivers.lorawan.profile import FOLDER

        return _Described("model", _('there is no LoRaWAN sensor "{name}"'), models.names, models.model, FOLDER)
    if issubclass(kind, UartSensor):
        from drivers.serial import profile as serial

        return _Described("profile", _('there is no serial sensor "{name}"'), serial.names, serial.load, serial.FOLDER)
    if issubclass(kind, GpioInput):
        from drivers.gpio import profile as inputs

        return _Described("profile", _('there is no input "{name}"'), inputs.names, inputs.load, inputs.FOLDER)
    return None


def _sensors(config: Table, folder: Path, report: Report) -> None:
    """What is wrong with the profile of a sensor, its test vectors included, is told at the first that names it."""
    tried = set[tuple[str, str]]()
    for sensor in all_tables(config):
        described = _described(sensor.kind)
        if described is None or described.key not in sensor.values:
            continue
        name = str(sensor.values[described.key])
        if (described.none, name) not in tried and _is_there(sensor, name, described, folder, report):
            tried.add((described.none, name))
            _mistakes(sensor, described.key, partial(described.load, name, folder), report)


def _is_there(sensor: Table, name: str, described: _Described, folder: Path, report: Report) -> bool:
    known = described.names(folder)
    if name not in known:
        what = described.none.format(name=name) + _not_among_own(name, folder, described.folder)
        report.error(sensor.path, described.key, what, one_of(known), nearest(name, known))
    return name in known


def _known(device: Table, name: str, folder: Path, report: Report) -> bool:
    known = profile.names(folder)
    if name not in known:
        report.error(
            device.path,
            "profile",
            _('there is no profile "{name}"').format(name=name) + _not_among_own(name, folder),
            one_of(known),
            nearest(name, known),
        )
    return name in known


def _not_among_own(name: str, folder: Path, kind: str = "") -> str:
    """Says where one's own would lie, and whether it lies in vain where others do.

    Args:
        kind: the folder in `folder` that has profiles of this kind; "": `folder` has them.
    """
    own = folder / kind / f"{name}.toml"
    others = (path for path in [*folder.glob("*.toml"), *folder.glob("*/*.toml")] if path.stem == name)
    if (other := next(others, None)) is None:
        return _(", and no {own}").format(own=own)
    return _(", and no {own}; {other} is looked at for another kind of sensor").format(own=own, other=other)


def _readable(config: Table, device: Table, name: str, folder: Path, report: Report) -> None:
    _mistakes(device, "profile", partial(profile.load, name, folder), report)
    if (described := found(config, device)) is None or not (registers := described.without_unit):
        return
    what = _("profile {name} does not say in which unit {registers} count")
    expected = _('expected unit = "W" or the like in [register.{register}], "1" where it is a number without one')
    names = ", ".join(registers)
    report.warning(
        device.path, "profile", what.format(name=name, registers=names), expected.format(register=registers[0])
    )


def _mistakes(device: Table, key: str, load: Callable[[], object], report: Report) -> None:
    try:
        load()
    except ProfileError as error:
        for mistake in _no_toml(str(error)) or str(error).splitlines():
            report.error(device.path, key, mistake)


def _no_toml(told: str) -> list[str]:
    """What is wrong with a profile that is no TOML, as it is said of the configuration: all of it, with what is right.
    Nothing of one that is.
    """
    if not (file := re.match(r"(.+?\.toml):(\d+:)? ", told)):
        return []
    path = Path(file[1])
    try:
        return [each.located(path) for each in syntax.read_as_far_as_it_goes(path).errors]
    except ConfigError as error:
        return str(error).splitlines()


def found(config: Table, device: Table) -> Profile | None:
    """The profile of a device; None: it is wrong, which is reported elsewhere."""
    folder = profiles_dir(config)
    if folder is None or "profile" not in device.values:
        return None
    try:
        return profile.load(device.values["profile"], folder)
    except ProfileError:
        return None


def lorawan_model(config: Table, sensor: Table) -> Model | None:
    """The model of a LoRaWAN sensor; None: it is wrong, which is reported elsewhere."""
    folder = profiles_dir(config)
    if folder is None or "model" not in sensor.values:
        return None
    try:
        return models.model(sensor.values["model"], folder)
    except ProfileError:
        return None


def serial_profile(config: Table, sensor: Table) -> "SerialProfile | None":
    """The profile of a sensor on a serial port; None: it is wrong, which is reported elsewhere."""
    from drivers.serial import profile as serial

    folder = profiles_dir(config)
    if folder is None or "profile" not in sensor.values:
        return None
    try:
        return serial.load(sensor.values["profile"], folder)
    except ProfileError:
        return None


def tells_of_no_bay(config: Table, sensor: Table) -> bool:
    """Whether nothing that it tells can decide a bay; of one that is wrong itself nobody knows."""
    if sensor.kind is LorawanSensor:
        model = lorawan_model(config, sensor)
        return model is not None and model.reporting is None
    if sensor.kind is ModbusSensor:
        described = found(config, sensor)
        return described is not None and not described.quantities & {DISTANCE, OCCUPIED}
    return sensor.kind in {UartSensor, GpioInput}
