"""[zone.NAME]: a polygon that is one piece of the camera's picture, its order, and neighbours that there are."""

from typing import Any, get_args

from agent.config.crosscheck import rules, windows
from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table
from agent.regulation import ZoneCategory
from agent.trades.kerb.crosscheck.geometry import Corner, collinear, crossing_sides, extent, outside
from drivers.camera.options import LEAST_PX

_OWN_ORDER = (
    "category", "limit", "grace", "windows", "holidays", "holiday_dates", "exempt_classes", "article", "fine_class",
)  # fmt: skip


def check(config: Table, report: Report) -> None:
    for zone in config.tables("zone").values():
        for each in zone.values.get("windows", ()):
            windows.check(each, report)
        _order(config, zone, report)
        _beside(zone, config, report)
        corners = zone.values.get("polygon")
        if corners is None:
            continue
        camera = config.tables("camera").get(str(zone.values.get("camera")))
        if camera and (picture := camera.values.get("picture")):
            _on_picture(zone, corners, picture, report)
        _simple(zone, corners, report)


def _order(config: Table, zone: Table, report: Report) -> None:
    """What a camera can judge by: a rule, or keys of the zone's own."""
    rules.said_twice(zone, _OWN_ORDER, report)
    rules.undecidable(config, zone, "exempt_tags", "no camera reads tags of vehicles", report)
    if zone.values.get("rule", "") is None and zone.values.get("category", "") is None:
        choices = one_of(get_args(ZoneCategory))
        report.error(zone.path, "category", "is missing", f"{choices}; or rule with the name of a [rule.NAME]")


def _category(zone: Table, config: Table) -> Any:
    """Returns the category of a zone, its own or that of its rule; None where neither is right, which is reported
    elsewhere."""
    rule = config.tables("rule").get(str(zone.values.get("rule")))
    return (zone if rule is None else rule).values.get("category")


def _beside(zone: Table, config: Table, report: Report) -> None:
    names: tuple[str, ...] = zone.values.get("beside", ())
    known = {**config.tables("bay"), **config.tables("zone")}
    known.pop(str(zone.path[1]), None)
    of = _category(zone, config)
    if names and of not in (None, "double_parking"):
        expected = 'expected category = "double_parking", or no such key'
        report.error(zone.path, "beside", "only double parking depends on what stands beside", expected)
    if not names and of == "double_parking":
        what = "nothing is named along which a vehicle would stand double: whoever stands in the zone counts"
        key = "category" if zone.values.get("rule") is None else "rule"
        report.warning(zone.path, key, what, 'name the bays and zones there: beside = ["bay-1"]')
    for at, name in enumerate(names):
        if name not in known:
            there = one_of(known) if known else "the file has neither"
            what = f"there is no [bay.{name}] or other [zone.{name}]"
            report.error(zone.path, ("beside", at), what, there, nearest(name, known))


def _on_picture(zone: Table, corners: tuple[Corner, ...], picture: Corner, report: Report) -> None:
    for at in outside(corners, picture):
        what = f"({corners[at][0]}, {corners[at][1]}) lies outside the picture of {picture[0]} x {picture[1]} px"
        expected = f"expected corners on the picture of [camera.{zone.values['camera']}]"
        report.error(zone.path, ("polygon", at), what, expected)


def _simple(zone: Table, corners: tuple[Corner, ...], report: Report) -> None:
    if collinear(corners):
        report.error(zone.path, "polygon", "has no area", "expected at least three corners that are not on one line")
    elif crossed := crossing_sides(corners):
        what = f"the side from corner {crossed[0] + 1} crosses or touches the one from corner {crossed[1] + 1}"
        report.error(zone.path, "polygon", what, "expected the corners in order around the zone")
    elif min(extent(corners)) < LEAST_PX:
        width, height = extent(corners)
        expected = f"expected {LEAST_PX} x {LEAST_PX} px at least, to tell a vehicle in it"
        report.error(zone.path, "polygon", f"is {width} x {height} px", expected)
