"""[store] path: a file that can be opened, on a disk that keeps it."""

import errno
import stat
from pathlib import Path

from agent.cli.check.box.mounts import IN_MEMORY, OVERLAY, mount_of
from agent.cli.check.box.surroundings import Box, is_folder, mode_of
from agent.cli.check.box.users import READ, SEARCH, WRITE
from agent.config.problems import Report
from agent.config.reader import Table
from agent.configuration.stored import folder_of
from agent.store.file.beside import MARK, own_files
from drivers.files import refuse_foreign, refuse_shared
from drivers.translation import _

MADE_BY_UNIT = "/var/lib/lamppost"
"""systemd makes it before the daemon starts (StateDirectory=), and gives it to its user."""


def look(config: Table, report: Report, box: Box) -> None:
    store = config.values.get("store")
    path = store.values.get("path") if isinstance(store, Table) else None
    if path is None or not isinstance(store, Table):
        return
    folder = str(Path(path).absolute().parent)
    wrong = _in_the_way(path, folder, box) or _foreign(path, box) or _without_rights(path, folder, box)
    if wrong is not None:
        what, hint = wrong
        report.error(store.path, "path", _("{what}: the store would be in memory").format(what=what), hint)
        return
    if not path.startswith("/"):
        what = _("{path} is counted from the folder in which the daemon starts: with systemd that is /")
        report.warning(store.path, "path", what.format(path=path), _WHOLE_PATH)
    _fleeting(store, path, folder, report, box)
    _lesser(store, path, report, box)
    _shared(store, folder, report, box)


_WHOLE_PATH = _("expected the whole path, beginning with /")
_FILE_OF_ITS_OWN = _("expected a file of its own, for example /var/lib/lamppost/lamppost.db")


def _in_the_way(path: str, folder: str, box: Box) -> tuple[str, str] | None:
    """What is in the way of opening the file, and what would be right; None: nothing is."""
    if is_folder(box.path(path)) and not box.path(path).is_symlink():
        hint = _("expected a file in it: {folder}/lamppost.db").format(folder=path.rstrip("/"))
        return _("{path} is a folder").format(path=path), hint
    if is_folder(box.path(folder)) or folder == MADE_BY_UNIT:
        return None
    if mode_of(box.path(folder)) is not None:
        what = _("{folder} is a file and no folder").format(folder=folder)
        return what, _("expected a file in a folder, for example /var/lib/lamppost/lamppost.db")
    what = _("there is no folder {folder}").format(folder=folder)
    if not path.startswith("/"):
        return what, _WHOLE_PATH
    return what, _("make it: {command}").format(command=f"sudo install -d -o lamppost -g lamppost {folder}")


def _foreign(path: str, box: Box) -> tuple[str, str] | None:
    """What of the store is a link, no file, or somebody else's, which the daemon leaves alone, and what to do."""
    for file in own_files(Path(path).absolute()):
        if (reason := _refused(file, stat.S_IFREG, box)) is not None:
            return f"{file} {reason}", _move_away(file) if _is_movable(file, box) else _FILE_OF_ITS_OWN
    return None


def _is_movable(path: Path, box: Box) -> bool:
    """Whether nothing of the system is at the path: a device file has to stay."""
    place = box.path(path)
    return place.is_symlink() or not (place.is_char_device() or place.is_block_device() or place.is_socket())


def _refused(path: Path, kind: int, box: Box) -> str | None:
    """Why the daemon leaves alone what stands at a path; None: it does not, or this user may not look there."""
    user = box.service_user
    try:
        refuse_foreign(box.path(path), kind, () if user is None else (user.uid,))
    except OSError as error:
        return None if error.errno == errno.EACCES else error.strerror
    return None


def _without_rights(path: str, folder: str, box: Box) -> tuple[str, str] | None:
    """Returns that the user of the daemon may not write there, and what to type; None: he may, or it is not known."""
    user = box.service_user
    if user is None or folder == MADE_BY_UNIT or not is_folder(box.path(folder)):
        return None
    try:
        fits = user.may(box.path(folder), WRITE | SEARCH, box.root) and all(
            user.may(box.path(file), READ | WRITE, box.root)
            for file in own_files(Path(path).absolute())
            if box.path(file).exists()
        )
    except OSError:
        return None  # not for this user to look at
    if fits:
        return None
    hint = _("give it to the daemon: {command}").format(command=f"sudo chown -R {user.name} {folder}")
    return _("user {user} may not write in {folder}").format(user=user.name, folder=folder), hint


def _lesser(store: Table, path: str, report: Report, box: Box) -> None:
    """What beside the store the daemon leaves alone, and works without."""
    whole = Path(path).absolute()
    lost = {
        (folder_of(str(whole)), stat.S_IFDIR): _("no last good configuration is kept, and nothing from afar"),
        (Path(f"{whole}{MARK}"), stat.S_IFREG): _("what a power cut loses of the store is not noticed"),
    }
    for (each, kind), without in lost.items():
        if (reason := _refused(each, kind, box)) is not None:
            what = _("{path} {reason}: {without}").format(path=each, reason=reason, without=without)
            report.warning(store.path, "path", what, _move_away(each))


def _shared(store: Table, folder: str, report: Report, box: Box) -> None:
    """Says that others may change what lies there, where the daemon reads no configuration then."""
    place, user = box.path(folder), box.service_user
    try:
        refuse_shared(place, (place.stat().st_uid if user is None else user.uid,))
    except OSError as error:
        if error.errno == errno.EPERM:
            lost = _("no last good configuration is kept until then, and nothing from afar")
            report.warning(store.path, "path", str(error.strerror), lost)


def _move_away(path: Path) -> str:
    return _("move it away: {command}").format(command=f"sudo mv {path} {path}.aside")


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
