"""[sensor.NAME]: one that can tell something of a bay."""

from agent.config.crosscheck import profiles
from agent.config.problems import Report
from agent.config.reader import Table
from drivers.gpio import GpioSensor
from drivers.lorawan import LorawanSensor
from drivers.lorawan.codecs import MODELS
from drivers.modbus_sensor import DISTANCE, OCCUPIED, ModbusSensor
from drivers.profile import Profile


def check(config: Table, report: Report) -> None:
    for sensor in config.tables("sensor").values():
        if sensor.kind is ModbusSensor and (found := profiles.found(config, sensor)):
            _fits(sensor, found, report)


def _fits(sensor: Table, found: Profile, report: Report) -> None:
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
    """Returns the range in which a sensor measures, mm, and what says so; None: it measures none, or is wrong
    itself."""
    if sensor.kind is LorawanSensor:
        model = MODELS.get(sensor.values.get("model"))  # type: ignore[arg-type]
        measures = model is not None and model.reporting.decides == "distance"
        return (model.range_mm, f"the range of a {model.description}") if model and measures else None
    if sensor.kind is ModbusSensor:
        return _by_profile(config, sensor)
    both = sensor.values_of("min_mm", "max_mm") if "min_mm" in sensor.values else None
    return ((both[0], both[1]), "its min_mm and max_mm") if both else None


def _by_profile(config: Table, sensor: Table) -> tuple[tuple[float, float], str] | None:
    found = profiles.found(config, sensor)
    register = found.tables.register.get(DISTANCE) if found and OCCUPIED not in found.quantities else None
    if found is None or register is None or register.range is None:
        return None
    return register.range, f'the range of profile "{found.name}"'


def decidable_by(config: Table, sensor: Table) -> tuple[str, ...]:
    """Returns by what its readings can decide a bay, in the words of decide_by; empty: it is wrong itself."""
    if sensor.kind is LorawanSensor:
        model = MODELS.get(sensor.values.get("model"))  # type: ignore[arg-type]
        return (model.reporting.decides, *model.also_tells) if model else ()
    if sensor.kind is ModbusSensor:
        found = profiles.found(config, sensor)
        words = {OCCUPIED: "occupied", DISTANCE: "distance"}
        return tuple(word for quantity, word in words.items() if found and quantity in found.quantities)
    return ("occupied",) if sensor.kind is GpioSensor else ("distance",)
