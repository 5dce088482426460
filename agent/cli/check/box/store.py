"""[store] path: a file that can be opened, on a disk that keeps it."""

import stat
from pathlib import Path

from agent.cli.check.box.mounts import IN_MEMORY, OVERLAY, mount_of
from agent.cli.check.box.surroundings import Box, is_folder, mode_of
from agent.cli.check.box.users import READ, SEARCH, WRITE
from agent.config.problems import Report
from agent.config.reader import Table
from drivers.translation import _

MADE_BY_UNIT = "/var/lib/lamppost"
"""systemd makes it before the daemon starts (StateDirectory=), and gives it to its user."""


def look(config: Table, report: Report, box: Box) -> None:
    store = config.values.get("store")
    path = store.values.get("path") if isinstance(store, Table) else None
    if path is None or not isinstance(store, Table):
        return
    folder = str(Path(path).absolute().parent)
    if (wrong := _in_the_way(path, folder, box)) is not None:
        report.error(store.path, "path", *wrong)
        return
    if not path.startswith("/"):
        what = _("{path} is counted from the folder in which the daemon starts: with systemd that is /")
        report.warning(store.path, "path", what.format(path=path), _WHOLE_PATH)
    if is_folder(box.path(folder)):
        _rights(store, path, folder, report, box)
    _fleeting(store, path, folder, report, box)


_WHOLE_PATH = _("expected the whole path, beginning with /")


def _in_the_way(path: str, folder: str, box: Box) -> tuple[str, str] | None:
    """What is in the way of opening the file, and what would be right; None: nothing is."""
    folder = str(Path(box.real(path)).parent) if box.path(path).is_symlink() else folder
    if is_folder(box.path(path)):
        what = _("{path} is a folder, and the daemon does not start").format(path=path)
        return what, _("expected a file in it: {folder}/lamppost.db").format(folder=path.rstrip("/"))
    if (mode := mode_of(box.path(path))) is not None and not stat.S_ISREG(mode):
        return _("{path} is no file that could hold anything").format(path=path), _("expected a path of its own")
    if is_folder(box.path(folder)) or folder == MADE_BY_UNIT:
        return None
    if mode_of(box.path(folder)) is not None:
        what = _("{folder} is a file and no folder, and the daemon does not start").format(folder=folder)
        return what, _("expected a file in a folder, for example /var/lib/lamppost/lamppost.db")
    what = _("there is no folder {folder}, and the daemon does not start").format(folder=folder)
    if not path.startswith("/"):
        return what, _WHOLE_PATH
    return what, _("make it: {command}").format(command=f"sudo install -d -o lamppost -g lamppost {folder}")


def _rights(store: Table, path: str, folder: str, report: Report, box: Box) -> None:
    user = box.service_user
    if user is None or folder == MADE_BY_UNIT:
        return
    try:
        fits = user.may(box.path(folder), WRITE | SEARCH, box.root)
        if fits and box.path(path).exists():
            fits = user.may(box.path(path), READ | WRITE, box.root)
    except OSError:
        return  # not for this user to look at
    if not fits:
        what = _("user {user} may not write in {folder}, and the daemon does not start")
        hint = _("give it to the daemon: {command}").format(command=f"sudo chown -R {user.name} {folder}")
        report.error(store.path, "path", what.format(user=user.name, folder=folder), hint)


def _fleeting(store: Table, path: str, folder: str, report: Report, box: Box) -> None:
    mount = mount_of(box.real(folder), box.text("/proc/self/mountinfo"))
    if mount is None:
        return
    if mount.kind in IN_MEMORY:
        what = _("{path} does not survive a power cut, and what it holds is lost: {folder} is kept in memory ({kind})")
    elif mount.kind in OVERLAY:
        what = _("{path} does not survive a power cut where the layer above {folder} is kept in memory ({kind})")
    elif "ro" in mount.options:
        what = _("{path} cannot be written: {folder} is read-only ({kind})")
    else:
        return
    words = what.format(path=path, folder=mount.folder, kind=mount.kind)
    report.warning(store.path, "path", words, _("better on a disk of its own, for example under /var/lib/lamppost"))
