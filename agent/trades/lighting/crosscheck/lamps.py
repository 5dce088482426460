"""[lamp.NAME]: one thing to follow, a profile that fits, the parameters that it asks for, one lamp a ballast."""

from collections.abc import Sequence
from itertools import pairwise, permutations
from typing import Any

from agent.config.crosscheck import faults, profiles
from agent.config.problems import Report
from agent.config.reader import Table
from agent.trades.lighting.event_types import FORMS
from agent.trades.lighting.watch.limits import LEAST_TOLERANCE_W
from drivers.lamp import LampDevice
from drivers.profile import FAILSAFE_LEVEL, Profile
from drivers.translation import _

PARAMETERS = LampDevice.PARAMETERS


def check(config: Table, report: Report) -> None:
    for lamp in config.tables("lamp").values():
        _light(lamp, report)
        _power_curve(lamp, report)
        _wattage(lamp, report)
        _standby(lamp, report)
        _contact(lamp, report)
        if found := profiles.found(config, lamp):
            _fits(lamp, found, report)
    _driven_twice(config, report)


def _contact(lamp: Table, report: Report) -> None:
    """The contact of a lamp on a line of a chip is on another line."""
    both = lamp.values_of("offset", "contact_offset")
    if both is not None and both[0] == both[1]:
        what = _("{offset} is the line that switches the lamp").format(offset=both[1])
        report.error(lamp.path, "contact_offset", what, _("expected another line of the chip"))


def _power_curve(lamp: Table, report: Report) -> None:
    """More light takes more power, up to full power; the wattage is another word for its end."""
    curve = lamp.values.get("power_curve", ())
    if curve and (curve[-1][0] != 100 or len(curve) < 2):
        what = _("ends at {level:g} %").format(level=curve[-1][0])
        report.error(lamp.path, "power_curve", what, _("expected two points at least, the last at 100 %"))
    for at, (one, other) in enumerate(pairwise(curve), 1):
        key = ("power_curve", at)
        if other[0] <= one[0]:
            what = _("{other:g} % does not come after {one:g} %").format(other=other[0], one=one[0])
            report.error(lamp.path, key, what, _("expected rising levels"))
        elif other[1] < one[1]:
            what = _("falls from {one:g} W to {other:g} W").format(one=one[1], other=other[1])
            report.error(lamp.path, key, what, _("expected no less power for more light; learn it again"))


def _wattage(lamp: Table, report: Report) -> None:
    """The wattage is what the curve ends at; which of the two is wrong, nobody can tell."""
    wattage_w, curve = lamp.values.get("wattage_w"), lamp.values.get("power_curve")
    if not wattage_w or not curve or curve[-1][0] != 100:
        return
    tolerance_w = max(LEAST_TOLERANCE_W, wattage_w * lamp.values.get("power_tolerance_percent", 0.0) / 100)
    if abs(curve[-1][1] - wattage_w) > tolerance_w:
        what = _("{wattage:g} W, and power_curve ends at {top:g} W").format(wattage=wattage_w, top=curve[-1][1])
        expected = _("expected what the lamp draws at 100 % in both: learn the curve again, or leave wattage_w out")
        report.warning(lamp.path, "wattage_w", what, expected)


def _standby(lamp: Table, report: Report) -> None:
    """A lamp that is off draws no more than one that burns, by its wattage or by the darkest point of its curve."""
    standby_w, curve, wattage_w = (lamp.values.get(key) for key in ("standby_w", "power_curve", "wattage_w"))
    most_w = next((watts for level, watts in curve or () if level > 0), wattage_w)
    if standby_w is not None and most_w is not None and report.given(lamp.path, "standby_w") and standby_w > most_w:
        what = _("{standby:g} W is more than the {watts:g} W of the lamp when it burns").format(
            standby=standby_w, watts=most_w
        )
        report.error(lamp.path, "standby_w", what, _("expected what the lamp draws when it is off"))


def _light(lamp: Table, report: Report) -> None:
    """One thing to follow, and a curve that can be read from left to right."""
    if lamp.values.get("program") and lamp.values.get("calendar"):
        report.error(lamp.path, "calendar", _("stands beside program"), _("expected one of the two"))
    _curve(lamp, lamp.values.get("lumen_depreciation_curve", ()), report)


def _curve(lamp: Table, curve: Sequence[tuple[float, float]], report: Report) -> None:
    for at, (_hours, percent) in enumerate(curve):
        if not 0 < percent <= 100:
            key = ("lumen_depreciation_curve", at)
            what = _("{percent:g} % is no share of the level").format(percent=percent)
            report.error(lamp.path, key, what, _("expected above 0, at most 100 %"))
    for at, (one, other) in enumerate(pairwise(curve), 1):
        if other[0] <= one[0]:
            key = ("lumen_depreciation_curve", at)
            what = _("{other:g} h does not come after {one:g} h").format(other=other[0], one=one[0])
            report.error(lamp.path, key, what, _("expected rising hours"))
            return
    _compensation(lamp, curve, report)


def _compensation(lamp: Table, curve: Sequence[tuple[float, float]], report: Report) -> None:
    """A falling curve is the light that is left of a luminaire, from its data sheet: it would dim an old lamp more."""
    for at, (one, other) in enumerate(pairwise(curve), 1):
        if 0 < other[1] < one[1]:
            what = _("falls from {one:g} % to {other:g} %: the older the lamp, the more it would be dimmed")
            expected = _("expected the share of the level that is asked for, rising with the hours: {right}")
            expected = expected.format(right=_compensating(curve))
            key = ("lumen_depreciation_curve", at)
            report.warning(lamp.path, key, what.format(one=one[1], other=other[1]), expected)
            return


def _compensating(curve: Sequence[tuple[float, float]]) -> str:
    """What makes up for the light that is left, in the file's words: the least of it is what the lamp gives always."""
    least = min(percent for _hours, percent in curve)
    return "[" + ", ".join(f"[{hours:.10g}, {100 * least / percent:.4g}]" for hours, percent in curve) + "]"


def _fits(lamp: Table, found: Profile, report: Report) -> None:
    if found.tables.lamp is None:
        what = _('"{name}" is no lamp: it has no [lamp] table').format(name=found.name)
        report.error(lamp.path, "profile", what, _("expected a profile of a lamp"))
    if report.given(lamp.path, FAILSAFE_LEVEL) and not found.sets_failsafe:
        what = _('profile "{name}" has no register for it, so it does nothing').format(name=found.name)
        report.warning(lamp.path, FAILSAFE_LEVEL, what)
    _parameters(lamp, found, report)
    faults.check(lamp, found, FORMS, report)


def _parameters(lamp: Table, found: Profile, report: Report) -> None:
    given = lamp.values_of(*PARAMETERS)
    if given is None:
        return
    for key, value in zip(PARAMETERS, given, strict=True):
        if wrong := _wrong_parameter(found, key, value):
            report.error(lamp.path, key, *wrong)


def _wrong_parameter(found: Profile, key: str, value: int | None) -> tuple[str, str] | None:
    """What is wrong, and what was expected."""
    both = found.parameters.get(key)
    if both is None:
        what = _('profile "{name}" has no {key}').format(name=found.name, key=key)
        return None if value is None else (what, _("expected another profile, or no such key"))
    if value is None:
        expected = _('expected the {key} that profile "{name}" asks for').format(key=key, name=found.name)
        return _("is missing"), expected
    if both[0] <= value <= both[1]:
        return None
    what = _('profile "{name}" has no {key} {value}').format(name=found.name, key=key, value=value)
    return what, _("expected {low} to {high}").format(low=both[0], high=both[1])


def _driven_twice(config: Table, report: Report) -> None:
    """All ballasts of a gateway or of its channel as one lamp, and one of them as another."""
    lamps = [lamp for lamp in config.tables("lamp").values() if lamp.values_of("line", "unit", "profile", *PARAMETERS)]
    gateways = {str(lamp.path[1]): _gateway(config, lamp) for lamp in lamps}
    for wide, narrow in permutations(lamps, 2):
        one_gateway = wide.values_of("line", "unit") == narrow.values_of("line", "unit")
        if (
            one_gateway
            and gateways[str(wide.path[1])] == gateways[str(narrow.path[1])]
            and _place(wide).items() < _place(narrow).items()
        ):
            what = _("{lamp} drives it as well: each would undo what the other did").format(lamp=_name(wide, report))
            report.warning(narrow.path, "unit", what, _("expected one lamp for each ballast"))


def _place(device: Table) -> dict[str, Any]:
    """What tells it apart from others of its unit; less of that is more ballasts."""
    return {key: device.values[key] for key in PARAMETERS if device.values.get(key) is not None}


def _gateway(config: Table, lamp: Table) -> str:
    found = profiles.found(config, lamp)
    return found.gateway if found else str(lamp.values["profile"])


def _name(device: Table, report: Report) -> str:
    return f"[{'.'.join(map(str, device.path[:2]))}] {report.whereabouts(device.path)}"
