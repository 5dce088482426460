"""[lamp.NAME]: one thing to follow, a profile that fits, the parameters that it asks for, one lamp a ballast."""

from itertools import pairwise, permutations
from typing import Any

from agent.config.crosscheck import profiles
from agent.config.problems import Report
from agent.config.reader import Table
from drivers.lamp import LampDevice
from drivers.profile import FAILSAFE_LEVEL, Profile
from drivers.translation import _

PARAMETERS = LampDevice.PARAMETERS


def check(config: Table, report: Report) -> None:
    for lamp in config.tables("lamp").values():
        _light(lamp, report)
        if found := profiles.found(config, lamp):
            _fits(lamp, found, report)
    _driven_twice(config, report)


def _light(lamp: Table, report: Report) -> None:
    """One thing to follow, and a curve that can be read from left to right."""
    if lamp.values.get("program") and lamp.values.get("calendar"):
        report.error(lamp.path, "calendar", _("stands beside program"), _("expected one of the two"))
    curve = lamp.values.get("lumen_depreciation_curve", ())
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


def _fits(lamp: Table, found: Profile, report: Report) -> None:
    if found.tables.lamp is None:
        what = _('"{name}" is no lamp: it has no [lamp] table').format(name=found.name)
        report.error(lamp.path, "profile", what, _("expected a profile of a lamp"))
    if report.given(lamp.path, FAILSAFE_LEVEL) and not found.sets_failsafe:
        what = _('profile "{name}" has no register for it, so it does nothing').format(name=found.name)
        report.warning(lamp.path, FAILSAFE_LEVEL, what)
    _parameters(lamp, found, report)


def _parameters(lamp: Table, found: Profile, report: Report) -> None:
    given = lamp.values_of(*PARAMETERS)
    if given is None:
        return
    for key, value in zip(PARAMETERS, given, strict=True):
        both = found.parameters.get(key)
        if both is None and value is not None:
            what = _('profile "{name}" has no {key}').format(name=found.name, key=key)
            report.error(lamp.path, key, what, _("expected another profile, or no such key"))
        elif both is not None and value is None:
            expected = _('expected the {key} that profile "{name}" asks for').format(key=key, name=found.name)
            report.error(lamp.path, key, _("is missing"), expected)
        elif both is not None and not both[0] <= value <= both[1]:
            what = _('profile "{name}" has no {key} {value}').format(name=found.name, key=key, value=value)
            report.error(lamp.path, key, what, _("expected {low} to {high}").format(low=both[0], high=both[1]))


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
