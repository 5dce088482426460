"""Sensors, bays and their orders in the table of `lamppost check`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from agent.calendars import begin_of_day_s
from agent.calendars.words import hours
from agent.config.messages import format_duration
from agent.config.schema import Config
from agent.regulation import RuleOptions, articles_words, rule_of
from agent.trades.base import Row, Section
from agent.trades.parking.options import QUICKEST_SWAP_S, BayOptions, quickest_swap_of
from agent.trades.parking.orders import orders_to_look_at, used_rules
from agent.trades.parking.sensors.source import source_of
from agent.trades.parking.stays.charge import inherent_ground
from agent.trades.parking.tables import ParkingTables, groups_of_bays
from agent.trades.words import remark_words
from drivers import registry
from drivers.base import NOBODY_KNOWS_S, Reporting
from drivers.gpio import GpioInput, GpioSensor
from drivers.lorawan import LorawanSensor
from drivers.modbus_sensor import ModbusSensor
from drivers.registry import SensorOptions
from drivers.serial.options import UartSensor
from drivers.translation import _

SHOWN = 4
"""Quantities of a sensor that are named in the table."""


def sections(config: Config, today: date | None) -> Sequence[Section]:
    """
    Args:
        today: local date by which an order is over; None: by the clock of this box.
    """
    tables = config.of(ParkingTables)
    return (
        (_("SENSORS"), _sensors(config, tables)),
        (_("BAYS"), _bays(config, tables)),
        (_("RULES"), _rules(config, begin_of_day_s(today, config.pole.timezone))),
    )


def _sensors(config: Config, tables: ParkingTables) -> Iterator[Row]:
    for name, sensor in tables.sensor.items():
        reporting = registry.reporting(sensor, Path(config.pole.profiles_dir))
        yield name, *_made(sensor), _how(config, sensor, reporting)


def _how(config: Config, sensor: SensorOptions, reporting: Reporting | None) -> str:
    """Returns by what it tells of a bay, or what it tells."""
    if reporting is not None:
        how = _("by {decides}, each {period}")
        return how.format(decides=reporting.decides, period=format_duration(reporting.period_s))
    told = sorted(registry.quantities(sensor, Path(config.pole.profiles_dir)))
    shown = ", ".join(told[:SHOWN]) + (" ..." if len(told) > SHOWN else "")
    return _("tells {quantities}").format(quantities=shown)


def _made(sensor: SensorOptions) -> tuple[str, str]:
    """What it is, and where."""
    match sensor:
        case ModbusSensor():
            return sensor.profile, _("{line}, unit {unit}").format(line=sensor.line, unit=sensor.unit)
        case LorawanSensor():
            return sensor.model, f"{sensor.network}, {sensor.eui}"
        case GpioSensor():
            where = _("{chip}, line {offset}").format(chip=sensor.chip, offset=sensor.offset)
            return _("contact, active {active}").format(active=sensor.active), where
        case GpioInput():
            return sensor.profile, _("{chip}, line {offset}").format(chip=sensor.chip, offset=sensor.offset)
        case UartSensor():
            return sensor.profile, sensor.port
    return "a02", sensor.port


def _bays(config: Config, tables: ParkingTables) -> Iterator[Row]:
    groups = groups_of_bays(config)
    for name, bay in tables.bay.items():
        order = _("rule {rule}").format(rule=bay.rule) if bay.rule else _limit(bay.own_rule)
        category = rule_of(bay, tables.rule).category
        seen_by = ", ".join((bay.sensor, *bay.also))
        if group := groups[name]:
            seen_by = _("{seen_by}; group {group}").format(seen_by=seen_by, group=group)
        yield name, category, order, seen_by, _proof(config, tables, bay)


def _proof(config: Config, tables: ParkingTables, bay: BayOptions) -> str:
    """Whether its sensor proves that a stay is of one vehicle, or only lets it be presumed, and why."""
    reporting = registry.reporting(tables.sensor[bay.sensor], Path(config.pole.profiles_dir))
    if reporting is None:
        return _("its sensor tells nothing of it")
    source, swap_s = source_of(bay.sensor, bay, reporting), quickest_swap_of(bay, tables.parking)
    match inherent_ground(source, swap_s):
        case "tells_late" if source.tells_within_s == NOBODY_KNOWS_S:
            return _("only presumes stays: its profile has no tells_within, how soon it tells a change")
        case "looks_seldom":
            words = _("only presumes stays: it looks once in {period}, and a swap may take {swap}")
        case "tells_late":
            words = _("only presumes stays: it tells a change after up to {late}, and a swap may take {swap}")
        case _ if swap_s > QUICKEST_SWAP_S:
            words = _("proves stays, as far as no swap is quicker than {swap}")
        case _:
            words = _("proves stays")
    period, late = format_duration(source.look_every_s), format_duration(source.tells_within_s)
    return words.format(period=period, late=late, swap=format_duration(swap_s))


def _rules(config: Config, now_s: float) -> Iterator[Row]:
    """Yields the rules that a place of this pole uses, what somebody should look at in them, and whose law is taken,
    for bays with a table of their own too."""
    remarks = {(each.rule, each.name): remark_words(each.remark, each.end) for each in orders_to_look_at(config, now_s)}
    used = list(used_rules(config))
    for name, rule in used:
        yield from ((name, rule.category, _limit(rule), row) for row in hours(rule.windows)[:1])
        yield from (("", "", "", row) for row in hours(rule.windows)[1:])
        yield from (("", "", *row) for row in _others(rule, name, remarks))
        yield from (("", "", *row) for row in _temporary(rule, name, remarks))
    if used or config.of(ParkingTables).bay:
        yield "", "", "", articles_words(config.pole.law)


def _others(rule: RuleOptions, name: str, remarks: Mapping[tuple[str, str], str]) -> Iterator[Row]:
    """Yields who may stand there for another time, and what is to be said of its hours and school holidays."""
    for user in rule.users:
        yield "", _("{user}: {limit}").format(user=user.name, limit=_time(user.limit_s, user.grace_s))
    if rule.no_return_s is not None:
        yield "", _("no return within {time}").format(time=format_duration(rule.no_return_s))
    orders = {order.name for order in rule.orders}
    yield from ((about, said) for (of, about), said in remarks.items() if of == name and about not in orders)


def _temporary(rule: RuleOptions, name: str, remarks: Mapping[tuple[str, str], str]) -> Iterator[Row]:
    """How hours that are apart count, whom it exempts in a zone, and what takes the place of the rule for a while.

    Args:
        remarks: by the names of rule and order.
    """
    if rule.windows:
        yield "", OUTSIDE[rule.outside]
    if rule.exempt_classes:
        yield "", _("but {classes}").format(classes=", ".join(rule.exempt_classes))
    for order in rule.orders:
        begin, end = _("from {begin}").format(begin=order.begin), _("to {end}").format(end=order.end)
        when = [begin] * bool(order.begin) + [end] * bool(order.end)
        rows = [" ".join(when)] * bool(when) + (hours(order.windows) if order.windows else [])
        rows += [remarks[name, order.name]] if (name, order.name) in remarks else []
        yield from zip((f"{order.name}: {order.rule or _('no limit')}", *[""] * len(rows[1:])), rows, strict=True)


OUTSIDE = {
    "restart": _("the count restarts with each window"),
    "pause": _("hours between windows do not count"),
    "run": _("hours between windows count"),
}


def _limit(rule: RuleOptions) -> str:
    return _time(rule.limit_s, rule.grace_s)


def _time(limit_s: float | None, grace_s: float) -> str:
    """How long one may stand there."""
    if limit_s is None:
        return _("no limit")
    limit = _("nobody may stand there")
    if limit_s:
        limit = _("limit {limit}").format(limit=format_duration(limit_s))
    return limit + (f" + {format_duration(grace_s)}" if grace_s else "")
