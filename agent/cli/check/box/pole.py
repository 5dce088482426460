"""[pole] led and socket: what is not there, or is in the way; the daemon runs without."""

import stat
from pathlib import Path

from agent.cli.check.box.surroundings import Box, is_folder, mode_of
from agent.cli.check.box.users import SEARCH, WRITE
from agent.config.problems import Report
from agent.config.reader import Table
from agent.lifecycle.led import ROOT as LEDS
from drivers.translation import _

MADE_BY_UNIT = Path("/run/lamppost")

_MAY_NOT_WRITE = _("user {user} may not write in {folder}, and nobody can ask the daemon")
_MAY_NOT_MAKE = _("there is no folder {folder}, user {user} may not make it, and nobody can ask the daemon")
"""systemd makes it before the daemon starts (RuntimeDirectory=), and gives it to its user."""


def look(config: Table, report: Report, box: Box) -> None:
    pole = config.values.get("pole")
    if not isinstance(pole, Table):
        return
    if (led := pole.values.get("led")) is not None and not box.path(LEDS / led).exists():
        what = _("there is no LED {led} on this box").format(led=led)
        report.warning(pole.path, "led", what, _("see {command}").format(command=f"ls {LEDS}"))
    if (socket := pole.values.get("socket")) is not None:
        _socket(pole, Path(socket), report, box)


def _socket(pole: Table, path: Path, report: Report, box: Box) -> None:
    if not stat.S_ISSOCK(mode_of(box.path(path)) or stat.S_IFSOCK):
        what = _("{path} is no socket and is left alone, and nobody can ask the daemon").format(path=path)
        report.warning(pole.path, "socket", what, _("expected a path of its own"))
    elif (missing := _no_place(path.absolute().parent, box)) is not None:
        hint = _("expected a path in {folder}, which systemd makes for the daemon").format(folder=MADE_BY_UNIT)
        report.warning(pole.path, "socket", missing, hint)


def _no_place(folder: Path, box: Box) -> str | None:
    """Why the daemon has no folder for its socket, which it makes with all above it; None: it has, or will have."""
    user = box.service_user
    if user is None or folder == MADE_BY_UNIT:
        return None
    there = next(each for each in (folder, *folder.parents) if mode_of(box.path(each)) is not None)
    if not is_folder(box.path(there)):
        return _("{folder} is a file and no folder, and nobody can ask the daemon").format(folder=there)
    if user.may(box.path(there), WRITE | SEARCH, box.root):
        return None
    return (_MAY_NOT_WRITE if there == folder else _MAY_NOT_MAKE).format(user=user.name, folder=folder)
