"""A document in one line for a technician."""

from collections.abc import Mapping
from typing import Any

from drivers.translation import _


def words(row: Mapping[str, Any]) -> str:
    """ "closure/works  revision 2, in force until 2026-12-24T06:00:00.000Z".

    Args:
        row: see `document.shown`.
    """
    revision = _("revision {revision}").format(revision=row["revision"])
    until = _("until {time}").format(time=row["valid_until"])
    match row["state"]:
        case "in_force":
            state = _("in force {until}").format(until=until)
        case "waiting":
            state = _("begins {time}, {until}").format(time=row["valid_from"], until=until)
        case _:
            state = _("REFUSED: {problem}").format(problem=row["problem"])
    return f"{row['kind']}/{row['name']}  {revision}, {state}"
