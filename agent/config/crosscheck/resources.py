"""What one table alone may have: a port, a line of a chip, a unit, a name. Each kind of table says what it takes."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from drivers import profile
from drivers.options import Claim
from drivers.profile import ProfileError
from drivers.translation import _

OWN_NAME = _("expected a name of its own: events are told apart by it")


def check(config: Table, report: Report) -> None:
    """Reports each table that takes what one above it in the file has."""
    folder = profiles_dir(config)

    @cache
    def gateway(name: str) -> str:
        try:
            return profile.load(name, folder).gateway if folder else name
        except ProfileError:
            return name

    subjects = getattr(config.kind, "SUBJECTS", ())
    tables = sorted(all_tables(config), key=lambda each: report.line(each.path))
    _names([each for each in tables if len(each.path) == 2 and each.path[0] in subjects], config, report)
    first: dict[tuple[Any, ...], tuple[Table, Claim]] = {}
    for table in tables:
        _claimed(table, table.kind.claims(table.values, gateway), first, report)


def profiles_dir(config: Table) -> Path | None:
    """The technician's own register maps; None where [pole] is wrong, which is reported elsewhere."""
    pole = config.values.get("pole")
    folder = pole.values.get("profiles_dir") if isinstance(pole, Table) else None
    return Path(folder) if folder is not None else None


def _names(subjects: Iterable[Table], config: Table, report: Report) -> None:
    first: dict[tuple[Any, ...], tuple[Table, Claim]] = {}
    for table in subjects:
        claim = Claim(("name", str(table.path[-1])), "", _("has this name already"), OWN_NAME)
        _claimed(table, [claim], first, report)
    pole = config.values.get("pole")
    if isinstance(pole, Table) and (same := first.get(("name", str(pole.values.get("id"))))):
        report.error(pole.path, "id", _("{table} has this name too").format(table=_where(*same, report)), OWN_NAME)


def _claimed(
    table: Table, claims: Iterable[Claim], first: dict[tuple[Any, ...], tuple[Table, Claim]], report: Report
) -> None:
    """The first conflict of a table is enough: it has to be given another place."""
    reported = False
    for claim in claims:
        other, taken = first.setdefault(claim.place, (table, claim))
        shared = claim.share is not None and claim.share == taken.share
        if other is not table and not shared and not reported:
            what = f"{_where(other, taken, report)} {claim.taken}"
            report.error(table.path, (claim.key,) if claim.key else (), what, claim.expected)
            reported = True


def _where(table: Table, claim: Claim, report: Report) -> str:
    path = (*table.path, claim.key) if claim.at_key else table.path
    return f"[{'.'.join(map(str, table.path))}] {report.whereabouts(path)}"
