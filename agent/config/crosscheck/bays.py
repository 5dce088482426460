"""[bay.NAME]: thresholds, limits, and one sensor each."""

from agent.config.crosscheck import sensors
from agent.config.problems import Report
from agent.config.reader import Table
from agent.config.words import span


def check(config: Table, report: Report) -> None:
    for bay in config.tables("bay").values():
        _thresholds(bay, report)
        _limit(bay, report)
        _in_reach(config, bay, report)
    for sensor in config.tables("sensor").values():
        _range(sensor, report)
    _one_sensor_each(config, report)


def _thresholds(bay: Table, report: Report) -> None:
    both = bay.take("occupied_below_mm", "free_above_mm")
    if both and both[1] <= both[0]:
        what = f"free_above_mm ({both[1]}) is not above occupied_below_mm ({both[0]})"
        key = "free_above_mm" if report.given(bay.path, "free_above_mm") else "occupied_below_mm"
        report.error(
            bay.path, key, what, "expected a band between the two, 200 mm or more, so that a bay does not flap"
        )


def _limit(bay: Table, report: Report) -> None:
    both = bay.take("limit_s", "dwell_s")
    if both and both[0] is not None and both[0] < both[1]:
        what = f"{span(both[0])} is shorter than dwell ({span(both[1])})"
        report.error(
            bay.path, "limit", what, "expected a limit above dwell: a car that was not yet seen cannot overstay"
        )


def _in_reach(config: Table, bay: Table, report: Report) -> None:
    """What a sensor cannot measure decides nothing, so a threshold out there would never be passed."""
    sensor = config.tables("sensor").get(str(bay.values.get("sensor")))
    found = sensors.reach(config, sensor) if sensor else None
    if found is None or found[0][0] >= found[0][1]:
        return
    (low, high), source = found
    for key in ("occupied_below_mm", "free_above_mm"):
        value = bay.values.get(key)
        if value is not None and not low < value < high:
            what = f"{value} mm is not within the range of {bay.values['sensor']}"
            report.error(bay.path, key, what, f"expected {low:g} to {high:g} mm ({source})")


def _range(sensor: Table, report: Report) -> None:
    both = sensor.take("min_mm", "max_mm")
    if both and both[0] >= both[1]:
        key = "min_mm" if report.given(sensor.path, "min_mm") else "max_mm"
        what = f"min_mm ({both[0]}) is not below max_mm ({both[1]})"
        report.error(sensor.path, key, what, "expected the sensor's range as in its data sheet")


def _one_sensor_each(config: Table, report: Report) -> None:
    first: dict[str, Table] = {}
    for bay in config.tables("bay").values():
        sensor = bay.values.get("sensor")
        if sensor in first:
            other = first[sensor]
            where = f"[bay.{other.path[1]}] on line {report.line(other.path)}"
            report.error(
                bay.path, "sensor", f'"{sensor}" is the sensor of {where} already', "expected one sensor a bay"
            )
        elif sensor is not None:
            first[sensor] = bay
