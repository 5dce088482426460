"""[station.NAME]: what its quantities, calibrations and thresholds contradict."""

from collections.abc import Mapping
from typing import get_args

from agent.aggregation.bucket import AMOUNTS, AVERAGES, EXCEEDED
from agent.aggregation.gust import GUST_S
from agent.aggregation.windows import LENGTH_S, Window
from agent.config.crosscheck import figures
from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table
from agent.trades.sensing import levels
from agent.trades.sensing.crosscheck import reach, thresholds
from agent.trades.sensing.event_types import Pollutant
from agent.trades.sensing.limits.index import table as index_table
from agent.trades.sensing.units import ANGLE, LEVELS, NUMBER, OF_GAS, SHARE, SPEED, UNITS, is_same, ucum
from drivers.quantity import Quantity
from drivers.serial.options import RUNNING, SINCE_CLEANING
from drivers.translation import _

YEAR_S = 366 * 86_400.0

GUST_STANDS_S = 1.0
"""The longest time for which each speed of a gust may stand (WMO-No. 8: four a second are better)."""


def crosscheck(config: Table, report: Report) -> None:
    store = config.values.get("store")
    kept_s = store.values.get("max_age_s") if isinstance(store, Table) else None
    for station in config.tables("station").values():
        for name, quantity in station.tables("quantity").items():
            _device(config, quantity, report)
            _unit(name, quantity, report)
            _windows(quantity, kept_s, report)
            _amounts(quantity, report)
            _gas(quantity, report)
            _beside(quantity, report)
            _calibrations(quantity, report)
            thresholds.check(station, quantity, report)
            reach.check(config, quantity, report)
        _maintenance(config, station, report)
        _index(station, report)
    _lden_hours(config, report)


def _lden_hours(config: Table, report: Report) -> None:
    """Whether day, evening and night begin in that order."""
    sensing = config.values.get("sensing")
    hours = sensing.values.get("lden_hours") if isinstance(sensing, Table) else None
    if isinstance(sensing, Table) and hours is not None and not hours[0] < hours[1] < hours[2]:
        what = _("day, evening and night do not begin in this order")
        report.error(sensing.path, "lden_hours", what, _('expected times like ["07:00", "19:00", "23:00"]'))


def _index(station: Table, report: Report) -> None:
    """Pollutants, and what an index of them needs."""
    first: dict[object, Table] = {}
    for quantity in station.tables("quantity").values():
        pollutant, gas = quantity.values.get("pollutant"), quantity.values.get("gas")
        key = "pollutant" if pollutant else "gas"
        if pollutant is not None and gas not in {None, pollutant}:
            report.error(quantity.path, "pollutant", _("is another one than gas, {gas}").format(gas=gas))
        elif (which := pollutant or gas) in get_args(Pollutant) and first.setdefault(which, quantity) is not quantity:
            what = _("another quantity of this station is {which}, {where}")
            where = report.whereabouts(first[which].path)
            report.error(quantity.path, key, what.format(which=which, where=where))
        if pollutant is not None and gas is None and (unit := quantity.values.get("unit")) in OF_GAS:
            what = _("limits are of a mass, and this is in {unit}").format(unit=unit)
            report.error(quantity.path, "pollutant", what, _("expected gas, celsius and hpa beside it"))
    if station.values.get("index") is not None:
        _indexed(station, first, report)


def _indexed(station: Table, pollutants: Mapping[object, Table], report: Report) -> None:
    setting = station.values.get("setting")
    if setting is None:
        what = _("an index needs the type of the station")
        report.error(station.path, "index", what, _('expected setting = "traffic" or another one beside it'))
    hourly = {which for which, each in pollutants.items() if _is_hourly(each)}
    if not hourly:
        what = _('no quantity is a pollutant with the window "1h"')
        report.error(station.path, "index", what)
    elif setting is not None:
        missing = ["|".join(some) for some in index_table().needs[setting] if not hourly & set(some)]
        what = _("has no level as long as no quantity is the mean of an hour of {missing}")
        if missing:
            report.warning(station.path, "index", what.format(missing=_(" and ").join(missing)))


def _is_hourly(quantity: Table) -> bool:
    """Whether an index can be made of it."""
    return quantity.values.get("method") == "mean" and "1h" in (quantity.values.get("windows") or ())


def _device(config: Table, quantity: Table, report: Report) -> None:
    """Whether its devices tell all that it is made of."""
    own = quantity.values.get("device")
    told = _figures(config, quantity, "device", report)
    _tells(quantity, "reads", own, told, report)
    for key in ("speed", "humidity"):
        other = f"{key}_device"
        if quantity.values.get(other) is None:
            _tells(quantity, key, own, told, report)
            _in_its_unit(quantity, key, told, report)
        elif quantity.values.get(key) is None:
            report.error(quantity.path, other, _("does nothing without {key}").format(key=key))
        else:
            of_other = _figures(config, quantity, other, report)
            _tells(quantity, key, quantity.values[other], of_other, report)
            _in_its_unit(quantity, key, of_other, report)
    if told is not None and (read := told.get(str(quantity.values.get("reads")))) is not None:
        _declared(quantity, read, report)


def _figures(config: Table, table: Table, key: str, report: Report) -> figures.Figures | None:
    """What the device of a table tells; None: nobody knows.

    Args:
        key: that names it.
    """
    device, known = table.values.get(key), {**config.tables("sensor"), **config.tables("meter")}
    if device is not None and device not in known:
        what = _("there is no [sensor.{device}] or [meter.{device}]").format(device=device)
        report.error(table.path, key, what, one_of(known), nearest(device, known))
    return figures.told(config, known[device]) if device in known else None


def _tells(quantity: Table, key: str, device: object, told: figures.Figures | None, report: Report) -> None:
    name = quantity.values.get(key)
    if told is not None and name is not None and name not in told:
        what = _("{device} tells no number {name}").format(device=device, name=name)
        report.error(quantity.path, key, what, one_of(sorted(told)), nearest(name, told))


def _in_its_unit(quantity: Table, key: str, told: figures.Figures | None, report: Report) -> None:
    """A calm is known by metres per second: half a kilometre per hour is none."""
    name, unit = str(quantity.values.get(key)), {"speed": SPEED, "humidity": SHARE}[key]
    if told is not None and name in told and not is_same(unit, told[name].unit):
        what = _("{name} is told in {unit}").format(name=name, unit=told[name].unit or '"1"')
        report.error(quantity.path, key, what, _("expected what its profile says in {unit}").format(unit=unit))


def _declared(quantity: Table, read: Quantity, report: Report) -> None:
    """Whether it is what the profile says of it."""
    device, unit, method = (quantity.values.get(key) for key in ("device", "unit", "method"))
    if unit in UNITS and unit != NUMBER and not is_same(unit, read.unit):
        if read.unit:
            _other_unit(quantity, read.unit, report)
        else:
            what = _("the profile of {device} says no unit of it").format(device=device)
            report.error(quantity.path, "unit", what, _('expected a unit there, or "1" of a number here'))
    elif unit == NUMBER and read.unit:
        _other_unit(quantity, read.unit, report)
    if read.kind == "state" and method in AVERAGES:
        report.error(quantity.path, "method", _("a state is never averaged"), _('expected "last" or "none"'))
    elif read.kind != "measurement" and method in AVERAGES:
        report.error(quantity.path, "method", _("a counter is never averaged"), _('expected "gain", "last", or "none"'))
    elif read.kind in {"measurement", "state"} and method == "gain":
        report.error(quantity.path, "method", _("is for a counter"), _('expected kind = "counter" in its profile'))
    elif read.kind != "measurement" and method == "sum":
        what = _("a sum is of amounts that each reading begins anew")
        report.error(quantity.path, "method", what, _('expected "gain" of a counter, "last" of a state'))
    if method == "gain" and read.wraps_at is not None:
        _width(quantity, read.wraps_at, report)


def _other_unit(quantity: Table, unit: str, report: Report) -> None:
    what = _("{device} tells it in {unit}").format(device=quantity.values["device"], unit=unit)
    known = ucum(unit)
    beside = known in OF_GAS and quantity.values["unit"] in OF_GAS.values()
    right = _('expected "{unit}", and gas, celsius and hpa beside it') if beside else _('expected "{unit}"')
    report.error(quantity.path, "unit", what, right.format(unit=known) if known else "")


def _width(quantity: Table, wraps_at: float, report: Report) -> None:
    """A counter that is full within a year rolls over; that is a reset unless it is said."""
    fastest, wraps = quantity.values_of("fastest", "wraps") or (None, None)
    if wraps is not None and wraps > wraps_at * (1 + 1e-9):
        what = _("its register is full at {value:g}").format(value=wraps_at)
        report.error(quantity.path, "wraps", what, _("expected {value:g} or less").format(value=wraps_at))
    elif fastest is not None and wraps is None and wraps_at < fastest * YEAR_S:
        what = _("{device} begins at 0 again behind {value:g}, which reads as a counter that was set back")
        what = what.format(device=quantity.values["device"], value=wraps_at)
        report.warning(quantity.path, "wraps", what, _("expected wraps = {value:g}").format(value=wraps_at))


def _unit(name: str, quantity: Table, report: Report) -> None:
    both = quantity.values_of("unit", "method")
    if both is None:
        return
    unit, method = both
    if unit not in UNITS:
        report.error(quantity.path, "unit", _('"{unit}" is no known unit').format(unit=unit), one_of(UNITS))
    elif unit in LEVELS and method in {"mean", "vector", "gust", *AMOUNTS}:
        level = levels.named(name)
        right = _('expected "energetic"') if level is None else one_of(levels.methods(level.kind))
        report.error(quantity.path, "method", _("levels in decibels have no such mean"), right)
    elif method in {"energetic", *EXCEEDED} and unit not in LEVELS:
        report.error(quantity.path, "method", _("is for levels in decibels"), _('expected "mean"'))
    elif (unit == ANGLE) != (method == "vector") and method in {"mean", "vector", *AMOUNTS}:
        report.error(quantity.path, "method", _("directions, and they alone, are averaged as vectors"))
    if unit in LEVELS:
        _level(name, unit, method, quantity, report)


def _level(name: str, unit: str, method: str, quantity: Table, report: Report) -> None:
    """A level whose name says how it is measured is of no other method: LAFmax is not averaged, nor is LA90."""
    level = levels.named(name)
    if level is None:
        what = _("the name of a level says how it is measured")
        report.error(quantity.path, (), what, _("expected a name like laeq_db, lafmax_db or la90_db"))
        return
    allowed = levels.methods(level.kind)
    if method not in allowed and method not in AVERAGES - {"energetic"} | AMOUNTS:
        what = _("a level of the name {name} is none of this method").format(name=name)
        report.error(quantity.path, "method", what, one_of(allowed))
    if level.weighting and unit in {"dB(A)", "dB(C)"} and unit != f"dB({level.weighting.upper()})":
        what = _("a level of the name {name} is weighted otherwise").format(name=name)
        report.error(
            quantity.path, "unit", what, _('expected "dB({weighting})"').format(weighting=level.weighting.upper())
        )
    _made_of(name, level, quantity, report)
    if method in EXCEEDED and (quantity.values.get("stands_s") or 0.0) > levels.SHORT_S:
        what = _("a percentile is of short levels, and each reading stands for {stands:g} s")
        what = what.format(stands=quantity.values["stands_s"])
        right = _('expected "{seconds:g}s" or less, or the percentile that the device itself tells, with method "last"')
        report.error(quantity.path, "stands", what, right.format(seconds=levels.SHORT_S))


def _made_of(name: str, level: levels.Level, quantity: Table, report: Report) -> None:
    """Whether its readings are of a level that it can be made of, where their name tells."""
    read = levels.named(str(quantity.values.get("reads")))
    if read is not None and not levels.can_be_of(level, read):
        what = _("{reads} is another level than {name}").format(reads=quantity.values["reads"], name=name)
        report.error(quantity.path, "reads", what, _("expected readings that are measured so, or another name"))


def _windows(quantity: Table, kept_s: float | None, report: Report) -> None:
    given = quantity.values_of("method", "windows", "stands_s")
    if given is None:
        return
    method, windows, stands_s = given
    if method == "none" and windows:
        what = _("states, indices and counters are never averaged")
        report.error(quantity.path, "windows", what, _('expected no windows, or another method than "none"'))
    if method == "gust" and stands_s > GUST_STANDS_S:
        what = _("a gust is a mean of {seconds:g} s, and each reading stands for {stands:g} s")
        what = what.format(seconds=GUST_S, stands=stands_s)
        report.error(quantity.path, "stands", what, _('expected "1s" or less'))
    if twice := next((each for each in windows if windows.count(each) > 1), None):
        report.error(quantity.path, "windows", _('"{window}" stands there twice').format(window=twice))
    for window in dict.fromkeys(windows):
        _length(quantity, window, kept_s, report)
        _window(quantity, window, method, report)


def _length(quantity: Table, window: Window, kept_s: float | None, report: Report) -> None:
    length_s = LENGTH_S[window]
    if length_s < quantity.values["stands_s"]:
        what = _('"{window}" is shorter than what a reading stands for').format(window=window)
        report.error(quantity.path, "windows", what)
    if kept_s is not None and length_s > kept_s:
        what = _('"{window}" is longer than what is kept, [store] max_age').format(window=window)
        report.error(quantity.path, "windows", what)


def _window(quantity: Table, window: Window, method: str, report: Report) -> None:
    if window == "lden" and method != "energetic":
        report.error(quantity.path, "windows", _('"lden" is of a level that is averaged as energies'))
    if window == "8h" and method not in {"mean", "energetic", "max", "min"}:
        report.error(quantity.path, "windows", _('"8h" is made of hourly values, which this method has not'))


def _amounts(quantity: Table, report: Report) -> None:
    """What a gain or a sum takes, and what it cannot have."""
    given = quantity.values_of("method", "fastest", "wraps", "windows", "calibration", "threshold")
    if given is None:
        return
    method, fastest, wraps, windows, calibrations, thresholds = given
    if method != "gain" and wraps is not None:
        report.error(quantity.path, "wraps", _('is for the method "gain"'))
    if method not in AMOUNTS:
        return
    if method == "gain" and fastest is None:
        what = _("the most that it can gain in a second tells a reset from a roll-over")
        report.error(quantity.path, "fastest", what, _("expected fastest = 1, or what the device can count"))
    if not windows:
        report.error(quantity.path, "windows", _("a gain is of a window"), _('expected windows = ["1h"], for example'))
    if calibrations:
        report.error(calibrations[0].path, (), _("a count is not calibrated"))
    for each in thresholds:
        if method == "gain" and each.values.get("over") is None:
            report.error(each.path, "over", _("a gain is of a window"), one_of(windows))


def _gas(quantity: Table, report: Report) -> None:
    given = quantity.values_of("unit", "gas", "celsius", "hpa")
    if given is None:
        return
    unit, gas, celsius, hpa = given
    if gas is not None and unit not in OF_GAS:
        report.error(quantity.path, "gas", _("is for a quantity in {unit}").format(unit=_(" and ").join(OF_GAS)))
    elif gas is not None and (celsius is None or hpa is None):
        what = _("{share} become {mass} at a temperature and a pressure alone")
        what = what.format(share=unit, mass=OF_GAS[unit])
        report.error(quantity.path, "gas", what, _("expected celsius = 20 and hpa = 1013, as the directive has it"))
    elif gas is None and (celsius is not None or hpa is not None):
        report.error(quantity.path, "celsius" if celsius is not None else "hpa", _("does nothing without gas"))


def _beside(quantity: Table, report: Report) -> None:
    method, speed = quantity.values_of("method", "speed") or (None, None)
    if speed is not None and method != "vector":
        report.error(quantity.path, "speed", _("is for a direction"))
    humidity, above = quantity.values_of("humidity", "doubtful_above") or (None, None)
    if (humidity is None) != (above is None):
        key = "humidity" if above is None else "doubtful_above"
        report.error(quantity.path, key, _("stands alone"), _("expected both, or neither"))
    unit, kappa = quantity.values_of("unit", "kappa") or (None, None)
    if kappa is not None and (humidity is None or unit != "ug/m3"):
        what = _("is of particles in ug/m3, beside the humidity in which they grow")
        report.error(quantity.path, "kappa", what, _("expected humidity and doubtful_above beside it"))
    if (valid := quantity.values.get("valid")) is not None and not valid[0] < valid[1]:
        report.error(quantity.path, "valid", _("the first number must be lower than the second"))
    elif valid is not None and (saturated := quantity.values.get("saturated")) is not None and saturated <= valid[0]:
        report.error(quantity.path, "saturated", _("leaves no value: valid begins at {value:g}").format(value=valid[0]))


def _calibrations(quantity: Table, report: Report) -> None:
    found = quantity.values.get("calibration") or ()
    if quantity.values.get("calibrate_every_s") is not None and not found:
        report.error(quantity.path, "calibrate_every", _("counts from a calibration, of which there is none"))
    days: dict[object, Table] = {}
    for each in found:
        day, points = each.values.get("date"), each.values.get("points") or ()
        if day is not None and days.setdefault(day, each) is not each:
            what = _("there is a calibration of that day already, {where}")
            report.error(each.path, "date", what.format(where=report.whereabouts((*days[day].path, "date"))))
        if points and (len(points) != 2 or points[0][0] == points[1][0]):
            report.error(each.path, "points", _("two points that were read at different values make a line"))
        if points and (report.given(each.path, "gain") or report.given(each.path, "offset")):
            report.error(each.path, "points", _("stands beside gain or offset"), _("expected one of the two"))
        if each.values.get("gain") == 0:
            report.error(each.path, "gain", _("a gain of 0 leaves nothing of the value"))


def _maintenance(config: Table, station: Table, report: Report) -> None:
    found: dict[tuple[object, ...], Table] = {}
    for each in station.values.get("maintenance") or ():
        told, given = _figures(config, each, "device", report), each.values_of("device", "what")
        if given is None:
            continue
        hours = SINCE_CLEANING if given[1] == "cleaning" else RUNNING
        if told is not None and hours not in told:
            what = _("{device} does not tell its hours ({name})").format(device=given[0], name=hours)
            report.error(each.path, "device", what, _("expected a sensor whose profile counts them"))
        if found.setdefault(given, each) is not each:
            where = report.whereabouts(found[given].path)
            report.error(each.path, "what", _("is there already for this device, {where}").format(where=where))
