"""[sensor.NAME]: whether what describes it is of a sensor, and what it can tell of a bay."""

from agent.config.crosscheck import profiles
from agent.config.problems import Report
from agent.config.reader import Table
from drivers.gpio import GpioSensor
from drivers.lorawan import LorawanSensor
from drivers.modbus_sensor import DISTANCE, OCCUPIED, ModbusSensor
from drivers.profile import Profile
from drivers.serial.options import UartSensor
from drivers.translation import _


def check(config: Table, report: Report) -> None:
    for sensor in config.tables("sensor").values():
        if sensor.kind is ModbusSensor and (found := profiles.found(config, sensor)):
            _fits(sensor, found, report)
        elif sensor.kind is UartSensor:
            _supply(sensor, report)
            _clean(config, sensor, report)


def _fits(sensor: Table, found: Profile, report: Report) -> None:
    """Whether a profile is one of a sensor."""
    if found.tables.lamp is not None:
        what = _('"{name}" is a lamp, not a sensor').format(name=found.name)
        report.error(sensor.path, "profile", what, _("expected [lamp.NAME], or a profile without a [lamp] table"))
    elif found.parameters:
        what = _('"{name}" asks for {names}, which a sensor has not')
        what = what.format(name=found.name, names=_(" and ").join(found.parameters))
        report.error(sensor.path, "profile", what, _("expected a profile without parameters"))
    for fault in found.tables.fault if found.tables.lamp is None else ():
        what = _('fault "{fault}" of profile "{name}" is told by {event}, which tells of no such device')
        what = what.format(fault=fault.name, name=found.name, event=fault.event)
        right = _("expected [[silent]] with flags there, and silences = false where the values are sound")
        report.error(sensor.path, "profile", what, right)


def _supply(sensor: Table, report: Report) -> None:
    """A line has a chip and a number."""
    chip, offset = sensor.values.get("supply_chip"), sensor.values.get("supply_offset")
    if (chip is None) != (offset is None):
        key, other = ("supply_chip", "supply_offset") if offset is None else ("supply_offset", "supply_chip")
        report.error(sensor.path, key, _("stands alone"), _("expected {key} beside it").format(key=other))


def _clean(config: Table, sensor: Table, report: Report) -> None:
    """Whether it can do what it is told to."""
    found = profiles.serial_profile(config, sensor)
    for key, command in (("clean_every", "clean"), ("rest", "sleep")):
        if found is not None and sensor.values.get(f"{key}_s") and not found.commands(command):
            what = _('profile "{name}" has no [command] {command}, so it does nothing')
            report.warning(sensor.path, key, what.format(name=found.name, command=command))


def range_of(config: Table, sensor: Table) -> tuple[tuple[float, float], str] | None:
    """Returns the range in which a sensor measures, mm, and what says so; None: it measures none, or is wrong
    itself."""
    if sensor.kind is LorawanSensor:
        model = profiles.lorawan_model(config, sensor)
        if model is None or model.decides != "distance":
            return None
        return model.range_mm, _("the range of a {model}").format(model=model.description)
    if sensor.kind is ModbusSensor:
        return _by_profile(config, sensor)
    both = sensor.values_of("min_mm", "max_mm") if "min_mm" in sensor.values else None
    return ((both[0], both[1]), _("its min_mm and max_mm")) if both else None


def _by_profile(config: Table, sensor: Table) -> tuple[tuple[float, float], str] | None:
    found = profiles.found(config, sensor)
    register = found.tables.register.get(DISTANCE) if found and OCCUPIED not in found.quantities else None
    if found is None or register is None or register.range is None:
        return None
    return register.range, _('the range of profile "{name}"').format(name=found.name)


def decidable_by(config: Table, sensor: Table) -> tuple[str, ...]:
    """Returns by what its readings can decide a bay, in the words of decide_by; empty: it is wrong itself."""
    if sensor.kind is LorawanSensor:
        model = profiles.lorawan_model(config, sensor)
        return (model.decides, *model.also_tells) if model is not None and model.decides else ()
    if sensor.kind is ModbusSensor:
        found = profiles.found(config, sensor)
        words = {OCCUPIED: "occupied", DISTANCE: "distance"}
        return tuple(word for quantity, word in words.items() if found and quantity in found.quantities)
    if profiles.tells_of_no_bay(config, sensor):
        return ()
    return ("occupied",) if sensor.kind is GpioSensor else ("distance",)
