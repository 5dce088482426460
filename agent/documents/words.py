"""A document in one line for a technician."""

from collections.abc import Mapping
from typing import Any

from drivers.translation import _


def words(row: Mapping[str, Any]) -> str:
    """ "closure/works  revision 2, in force until 2026-12-24T06:00:00.000Z".

    Args:
        row: see `document.shown`.
    """
    said = {
        "waiting": _("revision {revision}, begins {valid_from}, until {valid_until}"),
        "in_force": _("revision {revision}, in force until {valid_until}"),
        "refused": _("revision {revision}, REFUSED: {problem}"),
    }[row["state"]]
    facts = {"problem": "", **row}
    return f"{row['kind']}/{row['name']}  " + said.format_map(facts)
