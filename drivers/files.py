"""Files as they must be before anything is read from them or written to them.

A named pipe, a device or a link to somebody else's file can stand at any path: the first keeps a reader waiting for
ever, the second has no end, and the third has the daemon read or destroy what it was never given.
"""

import errno
import os
import stat
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from drivers.translation import _

PRIVATE = 0o600
PRIVATE_FOLDER = 0o700

MOST_ON_THE_WAY = 4096
"""Links that lead to a place, and folders that these lie in; the kernel follows 40 links."""


def read_regular(path: Path | str, most_bytes: int, *, cut: bool = False) -> bytes:
    """Returns the content of a regular file; a link is followed to one.

    Args:
        cut: of a larger file the beginning is returned.

    Raises:
        OSError: it cannot be read; `strerror` says why, also where it is no regular file or too large.
    """
    descriptor = _opened(path)
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(most_bytes + 1)
    finally:
        os.close(descriptor)
    if len(content) > most_bytes and not cut:
        raise _too_large(path, most_bytes)
    return content[:most_bytes]


def refuse_irregular(path: Path | str, most_bytes: int) -> None:
    """Looks at a file that a library opens by its path. Raises OSError as `read_regular` does."""
    found = Path(path).stat()
    _check_regular(path, found.st_mode)
    if found.st_size > most_bytes:
        raise _too_large(path, most_bytes)


def _too_large(path: Path | str, most_bytes: int) -> OSError:
    return OSError(errno.EFBIG, _("is larger than {most} bytes").format(most=most_bytes), str(path))


def _opened(path: Path | str) -> int:
    """Returns a descriptor of a regular file. Opening a device can switch something on: it is looked at before."""
    _check_regular(path, Path(path).stat().st_mode)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        _check_regular(path, os.fstat(descriptor).st_mode)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _check_regular(path: Path | str, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, _("is a directory"), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, _("is no regular file, but a pipe, a socket or a device"), str(path))


def refuse_foreign(path: Path, kind: int = stat.S_IFREG, owners: Collection[int] = ()) -> bool:
    """Returns whether there is something at `path` that this process may use as its own: of that kind, no link, and of
    this user, or of root.

    Args:
        kind: file type of stat(2), such as `stat.S_IFSOCK`.
        owners: numbers of further users whose files are its own.

    Raises:
        OSError: something else stands there, and is left alone; `strerror` says what.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, _("is a link, which is not followed"), str(path))
    if stat.S_IFMT(found.st_mode) != kind:
        raise FileExistsError(errno.EEXIST, _("is something else, which is left alone"), str(path))
    if found.st_uid not in {os.geteuid(), 0, *owners}:
        raise PermissionError(errno.EPERM, _("belongs to another user, and is left alone"), str(path))
    return True


def _resolved(path: Path) -> Path:
    """Returns the path with all links followed. Raises OSError: they lead in a circle."""
    try:
        return Path(os.path.realpath(path, strict=True))
    except FileNotFoundError:
        return path.resolve()


def refuse_shared(path: Path, owners: Collection[int] = ()) -> None:
    """What lies at `path`, a file or a folder, is changed by nobody but this user and root: of all folders on the way
    there, and of all links that lead on, none belongs to anybody else, and no folder may be written by group or others.

    Args:
        owners: numbers of further users who may.

    Raises:
        OSError: somebody else may; `strerror` says which folder it is and what to type. Or it is neither file nor
            folder, which no change of its mode puts right. What is not there yet is not looked at.
    """
    place = _resolved(path)
    if place.exists() and not place.is_dir():
        _check_regular(path, place.stat().st_mode)
    for each in (place, *place.parents, *_links(path)):
        try:
            found = each.lstat()
        except FileNotFoundError:
            continue
        if wrong := _changed_by_others(each, found, {os.geteuid(), 0, *owners}, is_place=each == place):
            raise PermissionError(errno.EPERM, wrong, str(path))


def _changed_by_others(path: Path, found: os.stat_result, owners: Collection[int], *, is_place: bool) -> str:
    """Returns who may change what lies there and what to type; "": nobody else."""
    is_link = stat.S_ISLNK(found.st_mode)
    if found.st_uid not in owners:
        what = _("{path} belongs to another user, who may change what is used there: {command}")
        return what.format(path=path, command=f"chown {'-h ' if is_link else ''}root {path}")
    if not is_link and found.st_mode & 0o022 and (is_place or not found.st_mode & stat.S_ISVTX):
        what = _("{path} may be written by others, who may change what is used there: {command}")
        return what.format(path=path, command=f"chmod go-w {path}")
    return ""


def _links(path: Path) -> list[Path]:
    """Returns the links that lead to a place, and the folders that they lie in, which have no part in where it is."""
    found: list[Path] = []
    at, left = Path("/"), [*reversed(path.absolute().parts[1:])]
    while left and len(found) < MOST_ON_THE_WAY:
        part = left.pop()
        at = at.parent if part == ".." else at / part
        if at.is_symlink():
            found += (at, *at.parents)
            target = at.readlink()
            left += reversed([each for each in target.parts if each != "/"])
            at = Path("/") if target.is_absolute() else at.parent
    return found


def create_file(path: Path, mode: int = PRIVATE) -> int:
    """Returns the descriptor of a new file with exactly this mode, whatever the umask. Raises OSError; what stands
    there already is neither opened nor followed."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    os.fchmod(descriptor, mode)
    return descriptor


def make_folder(path: Path, mode: int) -> None:
    """Makes a folder with all that are missing above it, each with exactly this mode, whatever the umask; what is there
    stays as it is. Raises OSError."""
    missing = [each for each in (path, *path.parents) if not os.path.lexists(each)]
    for each in reversed(missing):
        with suppress(FileExistsError):  # somebody else has made it meanwhile
            each.mkdir(mode)
            each.chmod(mode)
    path.mkdir(exist_ok=True)  # or says what stands there instead


def replace_file(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Puts a file with this content and mode in place whole or not at all, by a new one beside it that cannot be
    guessed; what stands at `path` is replaced, not followed. Raises OSError."""
    part = path.with_name(f".{path.name}.{os.urandom(8).hex()}.part")
    try:
        with os.fdopen(create_file(part, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(path: Path) -> None:
    """What was written to a file, or the names in a folder, survives a power cut. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
