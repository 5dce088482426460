"""[lamp.NAME]: a profile that exists, the parameters it asks for, and an address of its own on the line."""

from pathlib import Path
from typing import Any

from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table
from drivers import profile
from drivers.profile import Profile, ProfileError

PARAMETERS = ("channel", "short_address")


def check(config: Table, report: Report) -> None:
    _addresses(config, report)
    pole = config.values.get("pole")
    folder = pole.values.get("profiles_dir") if isinstance(pole, Table) else None
    if folder is not None:
        for lamp in config.tables("lamp").values():
            _profile(lamp, Path(folder), report)


def _profile(lamp: Table, folder: Path, report: Report) -> None:
    name = lamp.values.get("profile")
    if name is None:
        return
    known = profile.names(folder)
    if name not in known:
        report.error(lamp.path, "profile", f'there is no profile "{name}"', one_of(known), nearest(name, known))
        return
    try:
        found = profile.load(name, folder)
    except ProfileError as error:
        for mistake in str(error).splitlines():
            report.error(lamp.path, "profile", mistake)
        return
    if found.tables.lamp is None:
        report.error(
            lamp.path, "profile", f'"{name}" is no lamp: it has no [lamp] table', "expected a profile of a lamp"
        )
    _parameters(lamp, found, report)


def _parameters(lamp: Table, found: Profile, report: Report) -> None:
    given = lamp.take(*PARAMETERS)
    if given is None:
        return
    values: dict[str, int | None] = dict(zip(PARAMETERS, given, strict=True))
    missing = [key for key in found.parameters if values[key] is None]
    for key in missing:
        report.error(lamp.path, key, "is missing", f'expected the {key} that profile "{found.name}" asks for')
    for key in PARAMETERS:
        if values[key] is not None and key not in found.parameters:
            report.error(
                lamp.path, key, f'profile "{found.name}" has no {key}', "expected another profile, or no such key"
            )
    if not missing:
        _registers(lamp, found, values, report)


def _registers(lamp: Table, found: Profile, values: dict[str, int | None], report: Report) -> None:
    try:
        found.bind(**values)
    except ProfileError as error:
        keys = [key for key in PARAMETERS if values[key] is not None]
        report.error(lamp.path, keys[-1] if keys else "profile", str(error))


def _addresses(config: Table, report: Report) -> None:
    """Several lamps behind one unit are lamps of one gateway: one profile, told apart by channel and short address."""
    first: dict[tuple[Any, ...], Table] = {}
    addressed: dict[tuple[Any, ...], Table] = {}
    for lamp in config.tables("lamp").values():
        whole = lamp.take("line", "unit", "profile", *PARAMETERS)
        if whole is None:
            continue
        other = first.setdefault(whole[:2], lamp)
        same = addressed.setdefault(whole, lamp)
        if other.values["profile"] != lamp.values["profile"]:
            what = f"{_name(other, report)} has unit {lamp.values['unit']} on this line with another profile"
            report.error(lamp.path, "unit", what, "expected a unit of its own for each device on a line")
        elif same is not lamp:
            what = f"{_name(same, report)} has {_address(lamp)} on this line"
            report.error(lamp.path, "unit", what, "expected another unit, or another lamp of the gateway")


def _address(lamp: Table) -> str:
    parameters = [f"{key} {lamp.values[key]}" for key in PARAMETERS if lamp.values[key] is not None]
    return ", ".join([f"unit {lamp.values['unit']}", *parameters])


def _name(lamp: Table, report: Report) -> str:
    return f"[lamp.{lamp.path[1]}] on line {report.line(lamp.path)}"
