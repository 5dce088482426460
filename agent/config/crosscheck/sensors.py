"""[sensor.NAME], [lorawan.NAME]: each sensor in a place of its own, and one that can tell something of a bay."""

from pathlib import Path
from typing import Any

from agent.config.crosscheck import uplink
from agent.config.problems import Report
from agent.config.reader import Table
from drivers import profile
from drivers.gpio import GpioSensor
from drivers.lorawan import LorawanSensor
from drivers.lorawan.codecs import MODELS
from drivers.modbus_sensor import DISTANCE, OCCUPIED, ModbusSensor
from drivers.profile import Profile, ProfileError


def check(config: Table, report: Report) -> None:
    for network in config.tables("lorawan").values():
        uplink.connection(network, report)
    sensors = list(config.tables("sensor").values())
    _once(sensors, LorawanSensor, ("network", "dev_eui"), "a devEUI of its own for each sensor", report)
    _once(sensors, GpioSensor, ("chip", "offset"), "a line of its own for each contact", report)


def _once(sensors: list[Table], kind: type, keys: tuple[str, str], expected: str, report: Report) -> None:
    """Reports the second sensor at the place that two keys make together."""
    first: dict[tuple[Any, ...], Table] = {}
    for sensor in (each for each in sensors if each.kind is kind):
        both = sensor.values_of(*keys)
        if both is None:
            continue
        place = tuple(each.lower() if isinstance(each, str) else each for each in both)
        other = first.setdefault(place, sensor)
        if other is not sensor:
            where = f"[sensor.{other.path[1]}] on line {report.line((*other.path, keys[1]))}"
            what = f"{where} has this {keys[1]} on {both[0]} already"
            report.error(sensor.path, keys[1], what, f"expected {expected}")


def check_profile(sensor: Table, found: Profile, report: Report) -> None:
    """Whether a profile is one of a parking sensor."""
    if found.tables.lamp is not None:
        what = f'"{found.name}" is a lamp, not a sensor'
        report.error(sensor.path, "profile", what, f"expected a profile that has {DISTANCE} or {OCCUPIED}")
    elif not found.quantities & {DISTANCE, OCCUPIED}:
        what = f'profile "{found.name}" has neither {DISTANCE} nor {OCCUPIED}'
        report.error(sensor.path, "profile", what, "expected one that can tell whether a vehicle is there")
    elif found.parameters:
        what = f'"{found.name}" asks for {" and ".join(found.parameters)}, which a sensor has not'
        report.error(sensor.path, "profile", what, "expected a profile without parameters")


def range_of(config: Table, sensor: Table) -> tuple[tuple[float, float], str] | None:
    """Within which distances, mm, a sensor measures, and what says so; None: it measures none, or is wrong itself."""
    if sensor.kind is LorawanSensor:
        model = MODELS.get(sensor.values.get("model"))  # type: ignore[arg-type]
        measures = model is not None and model.reporting.decides == "distance"
        return (model.range_mm, f"the range of a {model.description}") if model and measures else None
    if sensor.kind is ModbusSensor:
        return _by_profile(config, sensor)
    both = sensor.values_of("min_mm", "max_mm") if "min_mm" in sensor.values else None
    return ((both[0], both[1]), "its min_mm and max_mm") if both else None


def _by_profile(config: Table, sensor: Table) -> tuple[tuple[float, float], str] | None:
    found = _profile(config, sensor)
    register = found.tables.register.get(DISTANCE) if found and OCCUPIED not in found.quantities else None
    if found is None or register is None or register.range is None:
        return None
    return register.range, f'the range of profile "{found.name}"'


def _profile(config: Table, sensor: Table) -> Profile | None:
    """None: it is wrong, which is reported elsewhere."""
    pole = config.values.get("pole")
    folder = pole.values.get("profiles_dir") if isinstance(pole, Table) else None
    if folder is None or "profile" not in sensor.values:
        return None
    try:
        return profile.load(sensor.values["profile"], Path(folder))
    except ProfileError:
        return None


def decidable_by(config: Table, sensor: Table) -> tuple[str, ...]:
    """By what its readings can decide a bay, in the words of decide_by; empty: it is wrong itself."""
    if sensor.kind is LorawanSensor:
        model = MODELS.get(sensor.values.get("model"))  # type: ignore[arg-type]
        return (model.reporting.decides, *model.also_tells) if model else ()
    if sensor.kind is ModbusSensor:
        found = _profile(config, sensor)
        words = {OCCUPIED: "occupied", DISTANCE: "distance"}
        return tuple(word for quantity, word in words.items() if found and quantity in found.quantities)
    return ("occupied",) if sensor.kind is GpioSensor else ("distance",)
