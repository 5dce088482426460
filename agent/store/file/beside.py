"""What lies beside a store under its name, and how it is moved: a power cut at any moment leaves one or the other."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from agent.store.errors import StoreError
from drivers.files import refuse_foreign, sync
from drivers.translation import _

OF_DATABASE = ("", "-wal", "-shm", "-journal")
"""The last is not written in the mode that is used, and yet SQLite opens what lies there, or deletes it."""
MARK = ".mark"
"""What the mark of a store is called, behind its name."""
LOCK = ".lock"
"""The same of the file by which it has one owner."""


def damaged_path(path: Path) -> Path:
    """Returns the path to which a damaged store is moved. A later one replaces it: a dying card must not fill itself
    with copies."""
    return path.with_name(path.name + ".corrupt")


def new_path(path: Path) -> Path:
    """Returns the path at which a store is made that is to stand in the place of another."""
    return path.with_name(path.name + ".new")


def database_files(path: Path) -> list[Path]:
    """Returns the files that SQLite opens or deletes, of a store and of what is to stand in its place."""
    return [Path(f"{each}{suffix}") for each in (path, new_path(path)) for suffix in OF_DATABASE]


def own_files(path: Path) -> list[Path]:
    """Returns these with the lock: where one of them is a link or somebody else's, no store is opened."""
    return [*database_files(path), Path(f"{path}{LOCK}")]


def refuse_foreign_files(path: Path) -> None:
    """Raises StoreError for a link or something else that is not ours to write to, at the path or beside it."""
    for file in database_files(path):
        try:
            refuse_foreign(file)
        except OSError as error:
            what = _("cannot be opened: {name} {reason}").format(name=file.name, reason=error.strerror)
            raise StoreError(path, what, _("check the folder and its owner")) from error


def finish(path: Path) -> None:
    """What a power cut left of beginning anew: the old file counts while it stands at its place, then the new one."""
    new = new_path(path)
    if path.exists():
        # A read-only disk may keep it.
        with suppress(OSError):
            remove(new)
    elif new.exists():
        _put_in_place(new, path)


def _put_in_place(new: Path, path: Path) -> None:
    try:
        # A log that was left behind belongs to the old one.
        remove(path)
        new.replace(path)
    except OSError as error:
        what = _("cannot be put in place: {reason}").format(reason=error)
        raise StoreError(path, what, _("replace the disk")) from error


def move_aside(path: Path, target: Path) -> None:
    """Move a closed file with what lies beside it; a new one may be begun in its place. Raises StoreError."""
    try:
        move(path, target, (*OF_DATABASE, MARK))
        sync(path.parent)
    except OSError as error:
        what = _("cannot be moved to {name}: {reason}").format(name=target.name, reason=error.strerror)
        raise StoreError(path, what, _("move it by hand")) from error


def remove(path: Path) -> None:
    """Remove what is ours. Raises OSError: a link stands there, or something else."""
    for suffix in OF_DATABASE:
        file = Path(f"{path}{suffix}")
        if refuse_foreign(file):
            file.unlink()


def move(path: Path, target: Path, suffixes: Iterable[str] = OF_DATABASE) -> None:
    """The database first: while it stands at its place it counts, log and all, and afterwards the new one does.

    Raises OSError.
    """
    remove(target)
    for suffix in suffixes:
        with suppress(FileNotFoundError):
            Path(f"{path}{suffix}").replace(f"{target}{suffix}")


def copies(path: Path) -> list[Path]:
    """What lies beside a store and holds events of other times: one that was damaged, of an older schema or of
    another pole; with a log of its own each counts once. Raises OSError."""
    ours = {f"{path.name}{suffix}" for suffix in (*OF_DATABASE, MARK, LOCK)}
    beside = (each for each in path.parent.iterdir() if each.name.startswith(path.name) and each.name not in ours)
    return sorted(each for each in beside if not each.name.endswith((*OF_DATABASE[1:], MARK)))
