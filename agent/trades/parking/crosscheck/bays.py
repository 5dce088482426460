"""[bay.NAME]: thresholds, votes, limits, and who sees it."""

from agent.config.crosscheck import rules
from agent.config.messages import format_duration
from agent.config.positions import KeyPath
from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table
from agent.trades.parking.crosscheck import sensors
from agent.trades.parking.source import DWELL_S

_SHORTEST_PERIOD_S = 60.0

_OWN_ORDER = ("category", "limit", "grace")


def check(config: Table, report: Report) -> None:
    _period(config, report)
    for bay in config.tables("bay").values():
        _thresholds(bay, report)
        _votes(bay, report)
        _decides(config, bay, report)
        rules.said_twice(bay, _OWN_ORDER, report)
        rules.undecidable(config, bay, "exempt_classes", "no sensor of a bay tells classes of vehicles", report)
        _double(config, bay, report)
        _limit(bay, bay, report)
        for rule in rules.of(config, bay):
            _limit(bay, rule, report)
        _in_reach(config, bay, report)
        _also(bay, config, report)
    for sensor in config.tables("sensor").values():
        _range(sensor, report)
    _one_bay_each(config, report)


def _votes(bay: Table, report: Report) -> None:
    both = bay.values_of("votes", "votes_of")
    if both and None not in both and both[0] > both[1]:
        what = f"{both[0]} of {both[1]} readings can never agree"
        report.error(bay.path, "votes", what, "expected at most votes_of")


def _decides(config: Table, bay: Table, report: Report) -> None:
    """Whether its sensor tells what shall decide, and what it takes to judge by that is there."""
    sensor, by = config.tables("sensor").get(str(bay.values.get("sensor"))), bay.values.get("decide_by")
    told = sensors.decidable_by(config, sensor) if sensor else None
    if by is not None and told and by not in told:
        what = f'"{by}" is nothing that {bay.values["sensor"]} tells'
        report.error(bay.path, "decide_by", what, one_of(told))
    elif by == "field" and bay.values.get("empty_field", ()) is None:
        expected = "expected x, y and z of the empty bay, as its sensor reads them, for example [12, -340, 80]"
        report.error(bay.path, "empty_field", 'is missing, with decide_by = "field"', expected)


def _double(config: Table, bay: Table, report: Report) -> None:
    for rule in rules.of(config, bay):
        if rule.values.get("category") == "double_parking":
            what = f"[rule.{rule.path[1]}] is for double parking, and nobody stands double in a bay"
            report.error(bay.path, "rule", what, "expected a rule of another category, or a zone beside the bay")


def _also(bay: Table, config: Table, report: Report) -> None:
    known = {**config.tables("sensor"), **config.tables("zone")}
    for at, name in enumerate(bay.values.get("also", ())):
        if name not in known:
            there = one_of(known) if known else "the file has neither"
            report.error(
                bay.path, ("also", at), f"there is no [sensor.{name}] or [zone.{name}]", there, nearest(name, known)
            )
        elif name in config.tables("zone") and not _alert(config):
            what = f"[zone.{name}] is not used: a camera tells of a single place in alert mode alone"
            report.warning(bay.path, ("also", at), what, 'expected [kerb] mode = "alert" with its authorisation')


def _alert(config: Table) -> bool:
    kerb = config.values.get("kerb")
    return isinstance(kerb, Table) and kerb.values.get("mode") == "alert"


def _period(config: Table, report: Report) -> None:
    parking = config.values.get("parking")
    period_s = parking.values.get("statistics_period_s") if isinstance(parking, Table) else None
    if period_s is not None and 0 < period_s < _SHORTEST_PERIOD_S:
        report.error(
            ("parking",),
            "statistics_period",
            f"{format_duration(period_s)} is too short",
            'expected "1min" to "1d", or "0s": none',
        )


def _thresholds(bay: Table, report: Report) -> None:
    both = bay.values_of("occupied_below_mm", "free_above_mm")
    if both and both[1] <= both[0]:
        what = f"free_above_mm ({both[1]}) is not above occupied_below_mm ({both[0]})"
        key = "free_above_mm" if report.given(bay.path, "free_above_mm") else "occupied_below_mm"
        report.error(
            bay.path, key, what, "expected a band between the two, 200 mm or more, so that a bay does not flap"
        )


def _limit(bay: Table, order: Table, report: Report) -> None:
    """Checks the limit of the bay itself, or of its rule. A limit of 0 forbids to stand there at all."""
    limit_s, dwell_s = order.values.get("limit_s"), bay.values.get("dwell_s", DWELL_S)
    dwell_s = DWELL_S if dwell_s is None else dwell_s
    if limit_s is not None and 0 < limit_s < dwell_s:
        of = "" if order is bay else f" of [rule.{order.path[1]}]"
        what = f"{format_duration(limit_s)}{of} is shorter than dwell ({format_duration(dwell_s)})"
        expected = "expected a limit above dwell: a car that was not yet seen cannot overstay"
        report.error(bay.path, "limit" if order is bay else "rule", what, expected)


def _in_reach(config: Table, bay: Table, report: Report) -> None:
    """What a sensor cannot measure decides nothing, so a threshold out there would never be passed."""
    sensor = config.tables("sensor").get(str(bay.values.get("sensor")))
    found = sensors.range_of(config, sensor) if sensor else None
    if found is None or found[0][0] >= found[0][1]:
        return
    (low, high), source = found
    for key in ("occupied_below_mm", "free_above_mm"):
        value = bay.values.get(key)
        if value is not None and not low < value < high:
            what = f"{value} mm is not within the range of {bay.values['sensor']}"
            report.error(bay.path, key, what, f"expected {low:g} to {high:g} mm ({source})")


def _range(sensor: Table, report: Report) -> None:
    both = sensor.values_of("min_mm", "max_mm")
    if both and both[0] >= both[1]:
        key = "min_mm" if report.given(sensor.path, "min_mm") else "max_mm"
        what = f"min_mm ({both[0]}) is not below max_mm ({both[1]})"
        report.error(sensor.path, key, what, "expected the sensor's range as in its data sheet")


def _one_bay_each(config: Table, report: Report) -> None:
    first: dict[str, Table] = {}
    for bay in config.tables("bay").values():
        also: tuple[str, ...] = bay.values.get("also", ())
        keys: list[tuple[KeyPath, str | None]] = [(("sensor",), bay.values.get("sensor"))]
        for key, source in [*keys, *((("also", at), name) for at, name in enumerate(also))]:
            if source in first:
                other = first[source]
                where = f"[bay.{other.path[1]}] on line {report.line(other.path)}"
                what = f'"{source}" is the sensor of {where} already'
                report.error(bay.path, key, what, "expected one bay a sensor")
            elif source is not None:
                first[source] = bay
