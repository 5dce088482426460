"""[bay.NAME]: thresholds, votes, limits, and who sees it."""

from agent.config import messages
from agent.config.crosscheck import profiles, rules
from agent.config.positions import KeyPath
from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table
from agent.trades.parking.crosscheck import sensors
from agent.trades.parking.sensors.source import DWELL_S
from drivers.translation import _

_SHORTEST_PERIOD_S = 60.0

_OWN_ORDER = ("category", "limit", "grace")


def check(config: Table, report: Report) -> None:
    _period(config, report)
    for bay in config.tables("bay").values():
        _thresholds(bay, report)
        _votes(bay, report)
        _decides(config, bay, report)
        _tells(config, bay, report)
        rules.said_twice(bay, _OWN_ORDER, report)
        rules.undecidable(config, bay, "exempt_classes", _("no sensor of a bay tells classes of vehicles"), report)
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
        what = _("{votes} of {of} readings can never agree").format(votes=both[0], of=both[1])
        report.error(bay.path, "votes", what, _("expected at most votes_of"))


def _decides(config: Table, bay: Table, report: Report) -> None:
    """Whether its sensor tells what shall decide, and what it takes to judge by that is there."""
    sensor, by = config.tables("sensor").get(str(bay.values.get("sensor"))), bay.values.get("decide_by")
    told = sensors.decidable_by(config, sensor) if sensor else None
    if by is not None and told and by not in told:
        what = _('"{by}" is nothing that {sensor} tells').format(by=by, sensor=bay.values["sensor"])
        report.error(bay.path, "decide_by", what, one_of(told))
    elif by == "field" and bay.values.get("empty_field", ()) is None:
        expected = _("expected x, y and z of the empty bay, as its sensor reads them, for example [12, -340, 80]")
        report.error(bay.path, "empty_field", _('is missing, with decide_by = "field"'), expected)


def _tells(config: Table, bay: Table, report: Report) -> None:
    """Whether each of its sensors can tell something of it."""
    also: tuple[str, ...] = bay.values.get("also", ())
    keys: list[tuple[KeyPath, str]] = [(("sensor",), str(bay.values.get("sensor")))]
    for key, name in [*keys, *((("also", at), each) for at, each in enumerate(also))]:
        sensor = config.tables("sensor").get(name)
        if sensor is not None and profiles.tells_of_no_bay(config, sensor):
            what = _("[sensor.{name}] tells nothing of a bay").format(name=name)
            report.error(bay.path, key, what, _("expected one that tells occupied, distance_mm or magnetic_field"))


def _double(config: Table, bay: Table, report: Report) -> None:
    for rule in rules.of(config, bay):
        if rule.values.get("category") == "double_parking":
            what = _("[rule.{name}] is for double parking, and nobody stands double in a bay").format(name=rule.path[1])
            report.error(bay.path, "rule", what, _("expected a rule of another category, or a zone beside the bay"))


def _also(bay: Table, config: Table, report: Report) -> None:
    known = {**config.tables("sensor"), **config.tables("zone")}
    for at, name in enumerate(bay.values.get("also", ())):
        if name not in known:
            there = one_of(known) if known else _("the file has neither")
            report.error(
                bay.path,
                ("also", at),
                _("there is no [sensor.{name}] or [zone.{name}]").format(name=name),
                there,
                nearest(name, known),
            )
        elif name in config.tables("zone") and not _alert(config):
            what = _("[zone.{name}] is not used: a camera tells of a single place in alert mode alone")
            report.warning(
                bay.path,
                ("also", at),
                what.format(name=name),
                _('expected [kerb] mode = "alert" with its authorisation'),
            )


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
            _("{period} is too short").format(period=messages.format_duration(period_s)),
            _('expected "1min" to "1d", or "0s": none'),
        )


def _thresholds(bay: Table, report: Report) -> None:
    both = bay.values_of("occupied_below_mm", "free_above_mm")
    if both and both[1] <= both[0]:
        what = _("free_above_mm ({free}) is not above occupied_below_mm ({occupied})").format(
            free=both[1], occupied=both[0]
        )
        key = "free_above_mm" if report.given(bay.path, "free_above_mm") else "occupied_below_mm"
        report.error(
            bay.path, key, what, _("expected a band between the two, 200 mm or more, so that a bay does not flap")
        )


def _limit(bay: Table, order: Table, report: Report) -> None:
    """Checks the limit of the bay itself, or of its rule. A limit of 0 forbids to stand there at all."""
    limit_s, dwell_s = order.values.get("limit_s"), bay.values.get("dwell_s", DWELL_S)
    dwell_s = DWELL_S if dwell_s is None else dwell_s
    if limit_s is not None and 0 < limit_s < dwell_s:
        of = "" if order is bay else _(" of [rule.{name}]").format(name=order.path[1])
        what = _("{limit}{of} is shorter than dwell ({dwell})")
        what = what.format(limit=messages.format_duration(limit_s), of=of, dwell=messages.format_duration(dwell_s))
        expected = _("expected a limit above dwell: a car that was not yet seen cannot overstay")
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
            what = _("{value} mm is not within the range of {sensor}").format(value=value, sensor=bay.values["sensor"])
            expected = _("expected {low:g} to {high:g} mm ({source})").format(low=low, high=high, source=source)
            report.error(bay.path, key, what, expected)


def _range(sensor: Table, report: Report) -> None:
    both = sensor.values_of("min_mm", "max_mm")
    if both and both[0] >= both[1]:
        key = "min_mm" if report.given(sensor.path, "min_mm") else "max_mm"
        what = _("min_mm ({low}) is not below max_mm ({high})").format(low=both[0], high=both[1])
        report.error(sensor.path, key, what, _("expected the sensor's range as in its data sheet"))


def _one_bay_each(config: Table, report: Report) -> None:
    first: dict[str, Table] = {}
    for bay in config.tables("bay").values():
        also: tuple[str, ...] = bay.values.get("also", ())
        keys: list[tuple[KeyPath, str | None]] = [(("sensor",), bay.values.get("sensor"))]
        for key, source in [*keys, *((("also", at), name) for at, name in enumerate(also))]:
            if source in first:
                other = first[source]
                what = _('"{name}" is the sensor of [bay.{bay}] {where} already').format(
                    name=source, bay=other.path[1], where=report.whereabouts(other.path)
                )
                report.error(bay.path, key, what, _("expected one bay a sensor"))
            elif source is not None:
                first[source] = bay
