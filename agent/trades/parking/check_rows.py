"""Sensors, bays and their orders in the table of `lamppost check`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.calendars.words import hours
from agent.config.messages import format_duration
from agent.config.schema import Config
from agent.regulation import RuleOptions, rule_of
from agent.trades.base import Row, Section
from agent.trades.parking.tables import ParkingTables, groups_of_bays
from drivers import registry
from drivers.gpio import GpioSensor
from drivers.lorawan import LorawanSensor
from drivers.modbus_sensor import ModbusSensor
from drivers.options import Options
from drivers.registry import SensorOptions


def sections(config: Config) -> Sequence[Section]:
    tables = config.of(ParkingTables)
    return (
        ("SENSORS", _sensors(config, tables)),
        ("BAYS", _bays(config, tables)),
        ("RULES", _rules(config, tables)),
    )


def _sensors(config: Config, tables: ParkingTables) -> Iterator[Row]:
    for name, sensor in tables.sensor.items():
        reporting = registry.reporting(sensor, Path(config.pole.profiles_dir))
        yield name, *_made(sensor), f"by {reporting.decides}, each {format_duration(reporting.period_s)}"


def _made(sensor: SensorOptions) -> tuple[str, str]:
    """What it is, and where."""
    match sensor:
        case ModbusSensor():
            return sensor.profile, f"{sensor.line}, unit {sensor.unit}"
        case LorawanSensor():
            return sensor.model, f"{sensor.network}, {sensor.eui}"
        case GpioSensor():
            return f"contact, active {sensor.active}", f"{sensor.chip}, line {sensor.offset}"
    return "a02", sensor.port


def _bays(config: Config, tables: ParkingTables) -> Iterator[Row]:
    groups = groups_of_bays(config)
    for name, bay in tables.bay.items():
        order = f"rule {bay.rule}" if bay.rule else _limit(bay.own_rule)
        category = rule_of(bay, tables.rule).category
        seen_by = ", ".join((bay.sensor, *bay.also))
        yield name, category, order, f"{seen_by}; group {groups[name]}" if groups[name] else seen_by


def _rules(config: Config, tables: ParkingTables) -> Iterator[Row]:
    """Those that a bay or a zone uses, itself or by a temporary order."""
    named = {getattr(table, key) for _, _, table in config.members() for key in _naming_a_rule(type(table))}
    used = named | {order.rule for name in named if name for order in tables.rule[name].orders}
    for name, rule in tables.rule.items():
        if name in used:
            yield from ((name, rule.category, _limit(rule), row) for row in hours(rule.windows)[:1])
            yield from (("", "", "", row) for row in hours(rule.windows)[1:])
            yield from (("", "", *row) for row in _temporary(rule))


def _naming_a_rule(kind: type[Options]) -> Iterator[str]:
    """The keys of a table of any trade that name a rule."""
    return (key for key, target in kind.refers().items() if target == "rule")


def _temporary(rule: RuleOptions) -> Iterator[Row]:
    """How hours that are apart count, whom it exempts in a zone, and what takes the place of the rule for a while."""
    if rule.windows:
        yield "", OUTSIDE[rule.outside]
    if rule.exempt_classes:
        yield "", f"but {', '.join(rule.exempt_classes)}"
    for order in rule.orders:
        when = [f"from {order.begin}"] * bool(order.begin) + [f"to {order.end}"] * bool(order.end)
        rows = [" ".join(when)] * bool(when) + (hours(order.windows) if order.windows else [])
        yield from zip((f"{order.name}: {order.rule or 'no limit'}", *("" for _ in rows[1:])), rows, strict=True)


OUTSIDE = {
    "restart": "the count restarts with each window",
    "pause": "hours between windows do not count",
    "run": "hours between windows count",
}


def _limit(rule: RuleOptions) -> str:
    if rule.limit_s is None:
        return "no limit"
    limit = f"limit {format_duration(rule.limit_s)}" if rule.limit_s else "nobody may stand there"
    return limit + (f" + {format_duration(rule.grace_s)}" if rule.grace_s else "")
