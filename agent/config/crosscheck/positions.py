"""Positions that cannot be: of the pole by its time zone, of everything beside it by the pole."""

from collections.abc import Iterator
from math import hypot

from agent.config.crosscheck import timezones
from agent.config.crosscheck.pole import zone
from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from agent.geodesy import Position, distance_m
from drivers.place import Placed
from drivers.translation import _

OFFSET_M = 200.0
"""What hangs on a pole or is seen from it is nearer."""

REACH_M = 20_000.0
"""A LoRaWAN gateway on a pole hears so far at most."""

NEAR_M, FAR_M = 1_000_000.0, 2_000_000.0
"""Distances from the city of its time zone: most places are nearer than the one, few are farther than the other."""

OFF_SUN_H = 3.0
"""Clocks differ from the sun by less wherever people live: 3.0 h in the west of China, 2.6 h in Galicia."""


def check(config: Table, report: Report) -> None:
    pole = config.values.get("pole")
    where = position_of(pole) if isinstance(pole, Table) else None
    if isinstance(pole, Table) and where is not None:
        _of_pole(pole, where, report)
    for place in _places(config):
        _keys(place, report)
        _offset(place, report)
        if where is not None:
            _beside(place, where, report)


def _places(config: Table) -> Iterator[Table]:
    return (table for table in all_tables(config) if issubclass(table.kind, Placed))


def position_of(table: Table) -> Position | None:
    """Returns the position of a table; None: it has none, or it is wrong."""
    both = table.values_of("latitude", "longitude")
    return Position(*both) if both and None not in both else None


def _of_pole(pole: Table, where: Position, report: Report) -> None:
    timezone = pole.values.get("timezone")
    if timezone is None or not zone(timezone):
        return
    off_h = timezones.off_sun_h(timezone, where.longitude)
    swapped = _swapped(where)
    if swapped is not None and _is_elsewhere(timezone, where, swapped, off_h):
        _tell_swapped(pole, where, _("the time zone {timezone}").format(timezone=timezone), report)
    elif off_h > OFF_SUN_H:
        what = _("clocks in {timezone} are {hours:.1f} h off the sun at longitude {longitude:g}").format(
            timezone=timezone, hours=off_h, longitude=where.longitude
        )
        report.warning(pole.path, "timezone", what, _("check both: dimming at fixed hours follows the clocks"))


def _is_elsewhere(timezone: str, where: Position, swapped: Position, off_h: float) -> bool:
    """Whether the zone is that of the swapped position, by its city or by its clocks.

    A city that is nearer is no proof by itself: a zone may reach over a continent.
    """
    city = timezones.city(timezone)
    by_clocks = off_h > OFF_SUN_H >= timezones.off_sun_h(timezone, swapped.longitude)
    if city is None:
        return by_clocks
    far_m, swapped_m = distance_m(where, city), distance_m(swapped, city)
    return swapped_m < far_m and (by_clocks or (far_m > FAR_M and swapped_m < NEAR_M))


def _swapped(where: Position) -> Position | None:
    """Returns the position the other way round; None: that is no place on earth."""
    return Position(where.longitude, where.latitude) if abs(where.longitude) <= 90 else None


def _keys(place: Table, report: Report) -> None:
    """One position, and a whole one."""
    for key, other in (("latitude", "longitude"), ("longitude", "latitude")):
        if place.values.get(key) is not None and place.values.get(other, "") is None:
            what = _("stands without {other}").format(other=other)
            report.error(place.path, key, what, _("expected both, or neither"))
    if place.values.get("offset_m") is not None and (given := [key for key in _DEGREES if place.values.get(key)]):
        what = _("stands beside {other}").format(other=given[0])
        report.error(place.path, "offset_m", what, _("expected one of the two"))


_DEGREES = ("latitude", "longitude")


def _offset(place: Table, report: Report) -> None:
    offset = place.values.get("offset_m")
    if offset is not None and hypot(*offset) > OFFSET_M:
        what = _("{metres:.0f} m from the pole").format(metres=hypot(*offset))
        expected = _("expected at most {most:g} m to the east and north; latitude and longitude for what is farther")
        report.error(place.path, "offset_m", what, expected.format(most=OFFSET_M))


def _beside(place: Table, pole: Position, report: Report) -> None:
    where = position_of(place)
    if where is None or (far_m := distance_m(where, pole)) <= REACH_M:
        return
    swapped = _swapped(where)
    if swapped is not None and distance_m(swapped, pole) <= REACH_M:
        _tell_swapped(place, where, _("the pole"), report)
        return
    what = _("{far:.0f} km from the pole").format(far=far_m / 1000)
    report.warning(place.path, "latitude", what, _("check latitude and longitude of both"))


def _tell_swapped(table: Table, where: Position, by: str, report: Report) -> None:
    what = _("{latitude:g}, {longitude:g} is far from {by}; the other way round it is not").format(
        latitude=where.latitude, longitude=where.longitude, by=by
    )
    expected = _("expected latitude = {longitude:g}, longitude = {latitude:g}, unless {by} is wrong").format(
        latitude=where.latitude, longitude=where.longitude, by=by
    )
    report.error(table.path, "latitude", what, expected)
