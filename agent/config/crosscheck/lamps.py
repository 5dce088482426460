"""[lamp.NAME], [meter.NAME]: a profile that exists, the parameters that it asks for, a place of its own on the line."""

from collections.abc import Callable, Mapping
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

from agent.config.crosscheck import sensors
from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table
from drivers import profile
from drivers.profile import FAILSAFE_LEVEL, Profile, ProfileError

PARAMETERS = ("channel", "short_address", "group")

_KINDS = ("lamp", "meter", "sensor")
"""Tables whose members may hang on a line."""

Profiles = Mapping[str, Profile]
"""Those that could be read, by name."""

Tried = dict[str, Profile | None]
"""Those that some device has named; None: it could not be read, and that was told where it was named first."""


def check(config: Table, report: Report) -> None:
    for lamp in config.tables("lamp").values():
        _light(lamp, report)
    pole = config.values.get("pole")
    folder = pole.values.get("profiles_dir") if isinstance(pole, Table) else None
    tried: Tried = {}
    if folder is not None:
        for kind in _KINDS:
            for device in config.tables(kind).values():
                _profile(device, Path(folder), tried, report)
    found = {name: each for name, each in tried.items() if each is not None}
    _addresses(config, found, report)
    _driven_twice(config, found, report)


def _light(lamp: Table, report: Report) -> None:
    """One thing to follow, and a curve that can be read from left to right."""
    if lamp.values.get("program") and lamp.values.get("calendar"):
        report.error(lamp.path, "calendar", "stands beside program", "expected one of the two")
    curve = lamp.values.get("lumen_depreciation_curve", ())
    for at, (_, percent) in enumerate(curve):
        if not 0 < percent <= 100:
            key = ("lumen_depreciation_curve", at)
            report.error(lamp.path, key, f"{percent:g} % is no share of the level", "expected above 0, at most 100 %")
    for at, (one, other) in enumerate(pairwise(curve), 1):
        if other[0] <= one[0]:
            key = ("lumen_depreciation_curve", at)
            report.error(lamp.path, key, f"{other[0]:g} h does not come after {one[0]:g} h", "expected rising hours")


def _profile(device: Table, folder: Path, tried: Tried, report: Report) -> None:
    name = device.values.get("profile")
    if name is None:
        return
    known = profile.names(folder)
    if name not in known:
        report.error(device.path, "profile", f'there is no profile "{name}"', one_of(known), nearest(name, known))
        return
    if name not in tried:
        tried[name] = _loaded(device, name, folder, report)
    if (found := tried[name]) is not None:
        _FITS[device.path[0]](device, found, report)


def _loaded(device: Table, name: str, folder: Path, report: Report) -> Profile | None:
    try:
        return profile.load(name, folder)
    except ProfileError as error:
        for mistake in str(error).splitlines():
            report.error(device.path, "profile", mistake)
        return None


def _lamp(lamp: Table, found: Profile, report: Report) -> None:
    if found.tables.lamp is None:
        what = f'"{found.name}" is no lamp: it has no [lamp] table'
        report.error(lamp.path, "profile", what, "expected a profile of a lamp")
    if report.given(lamp.path, FAILSAFE_LEVEL) and not found.sets_failsafe:
        report.warning(lamp.path, FAILSAFE_LEVEL, f'profile "{found.name}" has no register for it, so it does nothing')
    _parameters(lamp, found, report)


def _meter(meter: Table, found: Profile, report: Report) -> None:
    if found.tables.lamp is not None:
        what = f'"{found.name}" is a lamp, not a meter'
        report.error(meter.path, "profile", what, "expected [lamp.NAME], or a profile without a [lamp] table")
    elif found.parameters:
        what = f'"{found.name}" asks for {" and ".join(found.parameters)}, which a meter has not'
        report.error(meter.path, "profile", what, "expected a profile without parameters")
    if meter.values.get("nominal_voltage_v") is not None and not found.supply_voltages:
        what = f'profile "{found.name}" has no supply voltage, so it does nothing'
        report.warning(meter.path, "nominal_voltage_v", what)


_FITS: Mapping[str | int, Callable[[Table, Profile, Report], None]] = {
    "lamp": _lamp,
    "meter": _meter,
    "sensor": sensors.check_profile,
}


def _parameters(lamp: Table, found: Profile, report: Report) -> None:
    given = lamp.values_of(*PARAMETERS)
    if given is None:
        return
    for key, value in zip(PARAMETERS, given, strict=True):
        both = found.parameters.get(key)
        if both is None and value is not None:
            what = f'profile "{found.name}" has no {key}'
            report.error(lamp.path, key, what, "expected another profile, or no such key")
        elif both is not None and value is None:
            report.error(lamp.path, key, "is missing", f'expected the {key} that profile "{found.name}" asks for')
        elif both is not None and not both[0] <= value <= both[1]:
            what = f'profile "{found.name}" has no {key} {value}'
            report.error(lamp.path, key, what, f"expected {both[0]} to {both[1]}")


def _addresses(config: Table, found: Profiles, report: Report) -> None:
    """Several lamps behind one unit are lamps of one gateway, told apart by their profile and its parameters."""
    first: dict[tuple[Any, ...], Table] = {}
    addressed: dict[tuple[Any, ...], Table] = {}
    for device in (device for kind in _KINDS for device in config.tables(kind).values()):
        whole = device.values_of("line", "unit", "profile", *(PARAMETERS if device.path[0] == "lamp" else ()))
        if whole is None:
            continue
        other = first.setdefault(whole[:2], device)
        same = addressed.setdefault(whole, device)
        if _kind(other, found) != _kind(device, found):
            what = f"{_name(other, report)} has unit {device.values['unit']} on this line with another profile"
            report.error(device.path, "unit", what, "expected a unit of its own for each device on a line")
        elif same is not device:
            what = f"{_name(same, report)} has {_address(device)} on this line"
            report.error(device.path, "unit", what, "expected another unit, or another lamp of the gateway")


def _driven_twice(config: Table, found: Profiles, report: Report) -> None:
    """All ballasts of a gateway or of its channel as one lamp, and one of them as another."""
    lamps = [lamp for lamp in config.tables("lamp").values() if lamp.values_of("line", "unit", "profile", *PARAMETERS)]
    for wide, narrow in permutations(lamps, 2):
        one_gateway = wide.values_of("line", "unit") == narrow.values_of("line", "unit")
        if one_gateway and _kind(wide, found) == _kind(narrow, found) and _place(wide).items() < _place(narrow).items():
            what = f"{_name(wide, report)} drives it as well: each would undo what the other did"
            report.warning(narrow.path, "unit", what, "expected one lamp for each ballast")


def _place(device: Table) -> dict[str, Any]:
    """What tells it apart from others of its unit; less of that is more ballasts."""
    return {key: device.values[key] for key in PARAMETERS if device.values.get(key) is not None}


def _kind(device: Table, found: Profiles) -> str:
    name = str(device.values["profile"])
    return found[name].gateway if name in found else name


def _address(device: Table) -> str:
    parameters = [f"{key} {value}" for key, value in _place(device).items()]
    return ", ".join([f"unit {device.values['unit']}", *parameters])


def _name(device: Table, report: Report) -> str:
    return f"[{device.path[0]}.{device.path[1]}] on line {report.line(device.path)}"
