"""[zone.NAME]: a polygon that is one piece of the camera's picture, its order, and neighbours that there are."""

from collections.abc import Callable, Collection
from typing import Any, get_args

from agent.config.crosscheck import rules, windows
from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table
from agent.regulation import ZoneCategory
from agent.trades.kerb.crosscheck.geometry import Corner, collinear, crossing_sides, extent, outside
from agent.trades.kerb.overlap import View, uncounted
from agent.trades.kerb.same_view import view, view_of_host
from drivers.camera.options import LEAST_PX, Size, ZoneShape
from drivers.translation import _

_OWN_ORDER = (
    "category", "limit", "grace", "windows", "holidays", "holiday_dates", "exempt_classes", "article", "fine_class",
)  # fmt: skip


def check(config: Table, report: Report) -> None:
    _overlaps(config, report)
    for zone in config.tables("zone").values():
        for each in zone.values.get("windows", ()):
            windows.check(each, (), report)
        _order(config, zone, report)
        _beside(zone, config, report)
        corners = zone.values.get("polygon")
        if corners is None:
            continue
        camera = config.tables("camera").get(str(zone.values.get("camera")))
        if camera and (picture := camera.values.get("picture")):
            _on_picture(zone, corners, picture, report)
        _simple(zone, corners, report)


def _overlaps(config: Table, report: Report) -> None:
    """The counts of zones that share ground differ by single stays: refused where counts are all that may be told."""
    views = _views(config, view)
    kerb = config.values.get("kerb")
    counts_alone = isinstance(kerb, Table) and kerb.values.get("mode") == "statistics"
    found = uncounted(_drawn(config, views), views)
    _one_host(config, found, report)
    for name, other in found.items():
        what = _("shares ground with [zone.{other}]: their counts would differ by single stays").format(other=other)
        expected = _("draw them apart; the counts of {name} are not told").format(name=name)
        path = config.tables("zone")[name].path
        if counts_alone:
            report.warning(path, "polygon", what, expected, refused=True)
        else:
            report.note(path, "polygon", what, expected)


def _one_host(config: Table, known: Collection[str], report: Report) -> None:
    """One camera sends its view as several streams, and a recorder those of several cameras: none can tell."""
    of_hosts = _views(config, view_of_host)
    for name, other in uncounted(_drawn(config, of_hosts), of_hosts).items():
        if name not in known:
            what = _("lies in its picture where [zone.{other}] does, and both streams come from one host")
            expected = _("if they are of one camera, use one of them alone: else their counts differ by single stays")
            report.warning(config.tables("zone")[name].path, "polygon", what.format(other=other), expected)


def _views(config: Table, view: Callable[[str, Size], View | None]) -> dict[str, View]:
    cameras = {name: each.values_of("source", "picture") for name, each in config.tables("camera").items()}
    found = {name: view(*both) for name, both in cameras.items() if both is not None}
    return {name: each for name, each in found.items() if each is not None}


def _drawn(config: Table, views: Collection[str]) -> dict[str, ZoneShape]:
    """The zones of which it can be said where they lie."""
    found = {name: zone.values_of("camera", "polygon") for name, zone in config.tables("zone").items()}
    shapes = {name: ZoneShape(camera=both[0], polygon=both[1]) for name, both in found.items() if both is not None}
    return {name: each for name, each in shapes.items() if each.camera in views and not collinear(each.polygon)}


def _order(config: Table, zone: Table, report: Report) -> None:
    """What a camera can judge by: a rule, or keys of the zone's own."""
    rules.said_twice(zone, _OWN_ORDER, report)
    for key in ("exempt_tags", "users"):
        rules.undecidable(config, zone, key, _("no camera reads tags of vehicles"), report)
    if zone.values.get("rule", "") is None and zone.values.get("category", "") is None:
        choices = one_of(get_args(ZoneCategory))
        expected = _("{choices}; or rule with the name of a [rule.NAME]").format(choices=choices)
        report.error(zone.path, "category", _("is missing"), expected)


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
        expected = _('expected category = "double_parking", or no such key')
        report.error(zone.path, "beside", _("only double parking depends on what stands beside"), expected)
    if not names and of == "double_parking":
        what = _("nothing is named along which a vehicle would stand double: whoever stands in the zone counts")
        key = "category" if zone.values.get("rule") is None else "rule"
        report.warning(zone.path, key, what, _('name the bays and zones there: beside = ["bay-1"]'))
    for at, name in enumerate(names):
        if name not in known:
            there = one_of(known) if known else _("the file has neither")
            what = _("there is no [bay.{name}] or other [zone.{name}]").format(name=name)
            report.error(zone.path, ("beside", at), what, there, nearest(name, known))


def _on_picture(zone: Table, corners: tuple[Corner, ...], picture: Corner, report: Report) -> None:
    for at in outside(corners, picture):
        what = _("({x}, {y}) lies outside the picture of {width} x {height} px")
        what = what.format(x=corners[at][0], y=corners[at][1], width=picture[0], height=picture[1])
        expected = _("expected corners on the picture of [camera.{camera}]").format(camera=zone.values["camera"])
        report.error(zone.path, ("polygon", at), what, expected)


def _simple(zone: Table, corners: tuple[Corner, ...], report: Report) -> None:
    if collinear(corners):
        expected = _("expected at least three corners that are not on one line")
        report.error(zone.path, "polygon", _("has no area"), expected)
    elif crossed := crossing_sides(corners):
        what = _("the side from corner {one} crosses or touches the one from corner {other}")
        what = what.format(one=crossed[0] + 1, other=crossed[1] + 1)
        report.error(zone.path, "polygon", what, _("expected the corners in order around the zone"))
    elif min(extent(corners)) < LEAST_PX:
        width, height = extent(corners)
        expected = _("expected {least} x {least} px at least, to tell a vehicle in it").format(least=LEAST_PX)
        report.error(zone.path, "polygon", _("is {width} x {height} px").format(width=width, height=height), expected)
