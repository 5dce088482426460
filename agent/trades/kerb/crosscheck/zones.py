"""[zone.NAME]: a polygon that is one piece of the camera's picture, hours, and neighbours that there are."""

from agent.config.crosscheck import windows
from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table
from agent.trades.kerb.crosscheck.geometry import Corner, collinear, crossing_sides, extent, outside
from drivers.camera.options import LEAST_PX


def check(config: Table, report: Report) -> None:
    for zone in config.tables("zone").values():
        for each in zone.values.get("windows", ()):
            windows.check(each, report)
        _beside(zone, config, report)
        corners = zone.values.get("polygon")
        if corners is None:
            continue
        camera = config.tables("camera").get(str(zone.values.get("camera")))
        if camera and (picture := camera.values.get("picture")):
            _on_picture(zone, corners, picture, report)
        _simple(zone, corners, report)


def _beside(zone: Table, config: Table, report: Report) -> None:
    names: tuple[str, ...] = zone.values.get("beside", ())
    known = {**config.tables("bay"), **config.tables("zone")}
    known.pop(str(zone.path[1]), None)
    if names and zone.values.get("category") not in (None, "double_parking"):
        expected = 'expected category = "double_parking", or no such key'
        report.error(zone.path, "beside", "only double parking depends on what stands beside", expected)
    if not names and zone.values.get("category") == "double_parking":
        what = "nothing is named along which a vehicle would stand double: whoever stands in the zone counts"
        report.warning(zone.path, "category", what, 'name the bays and zones there: beside = ["bay-1"]')
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
