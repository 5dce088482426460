"""Whether the profile that describes a device is there and can be read; a trade asks whether it fits."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from agent.config.crosscheck.resources import profiles_dir
from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table, all_tables
from drivers import profile
from drivers.lorawan import LorawanSensor, Model, models
from drivers.mapped import LineDevice
from drivers.profile import Profile, ProfileError
from drivers.translation import _


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
            _readable(device, name, folder, report)
    _lorawan(config, folder, report)


def _lorawan(config: Table, folder: Path, report: Report) -> None:
    """What is wrong with the profile of a LoRaWAN sensor, its test vectors included, is told at the first that names
    it."""
    tried = set[str]()
    for sensor in all_tables(config):
        name = str(sensor.values.get("model"))
        if not issubclass(sensor.kind, LorawanSensor) or "model" not in sensor.values or name in tried:
            continue
        if name not in (known := models.names(folder)):
            what = _('there is no LoRaWAN sensor "{name}"').format(name=name)
            report.error(sensor.path, "model", what, one_of(known), nearest(name, known))
            continue
        tried.add(name)
        _mistakes(sensor, "model", partial(models.model, name, folder), report)


def _known(device: Table, name: str, folder: Path, report: Report) -> bool:
    known = profile.names(folder)
    if name not in known:
        report.error(
            device.path,
            "profile",
            _('there is no profile "{name}"').format(name=name),
            one_of(known),
            nearest(name, known),
        )
    return name in known


def _readable(device: Table, name: str, folder: Path, report: Report) -> None:
    _mistakes(device, "profile", partial(profile.load, name, folder), report)


def _mistakes(device: Table, key: str, load: Callable[[], object], report: Report) -> None:
    try:
        load()
    except ProfileError as error:
        for mistake in str(error).splitlines():
            report.error(device.path, key, mistake)


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
