"""Files that a configuration is kept in: each whole, or as it was before, whenever the power goes."""

import errno
import hashlib
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from agent.config.schema import Config
from agent.configuration.refusal import FolderRefuses, in_words
from drivers.files import PRIVATE_FOLDER, make_folder, read_regular, refuse_shared, replace_file, sync
from drivers.options import Seconds, decode
from drivers.translation import _

FOLDER = "configuration"
"""Name of the folder, beside the store."""

LARGEST_BYTES = 4 * 1024 * 1024

S = TypeVar("S", bound=Struct)


def folder_of(store: str) -> Path:
    """Returns the folder of configurations that do not lie in /etc.

    Args:
        store: [store] path.
    """
    return Path(store).parent / FOLDER


def digest_of(config: Config) -> str:
    """Returns the SHA-256 of what is in force, hexadecimal, whatever comments or order the file has."""
    return hashlib.sha256(encoded(config)).hexdigest()


def encoded(value: Any) -> bytes:
    return msgspec.json.encode(value, enc_hook=_number, order="sorted")


def decoded(text: bytes, kind: type[S]) -> S:
    """Raises ValueError (msgspec.MsgspecError)."""
    return msgspec.json.decode(text, type=kind, dec_hook=_value)


def _number(value: object) -> float:
    if isinstance(value, Seconds):
        return float(value)
    raise NotImplementedError(type(value))


def _value(kind: type, value: Any) -> Any:
    return Seconds(value) if kind is Seconds and isinstance(value, int | float) else decode(kind, value)


def read(path: Path, kind: type[S]) -> S | None:
    """Returns what the file holds; None: there is none. Raises ValueError or FolderRefuses where it cannot be read."""
    with in_words(path):
        refuse_links(path)
        try:
            content = read_regular(path, LARGEST_BYTES)
        except (FileNotFoundError, NotADirectoryError):
            return None
        _refuse_shared(path)
    return decoded(content, kind)


def write(path: Path, value: Struct) -> None:
    """Replace it as a whole; nobody but the daemon may read it. Raises FolderRefuses; ValueError: it is too large."""
    text = encoded(value)
    if len(text) > LARGEST_BYTES:
        raise ValueError(_("{path} would be larger than {count} bytes").format(path=path, count=LARGEST_BYTES))
    with in_words(path):
        refuse_links(path)
        make_folder(path.parent, PRIVATE_FOLDER)
        _refuse_shared(path)
        replace_file(path, text)


def refuse_links(path: Path, above: int = 1) -> None:
    """Neither the file nor its folder is a link, which would lead to what is somebody else's. Raises FolderRefuses.

    Args:
        above: how many folders above the file are the daemon's own.
    """
    for each in (path, *[*path.parents][:above]):
        if each.is_symlink():
            words = _("{path} is a link, which is not followed; type mv {path} {path}.aside")
            raise FolderRefuses(errno.ELOOP, words.format(path=each))


def _refuse_shared(path: Path) -> None:
    """What others may write is no configuration; whose the folder of the store is may. Raises FolderRefuses."""
    try:
        refuse_shared(path, {path.parent.parent.stat().st_uid})
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
        raise FolderRefuses(error.errno, f"{path}: {error.strerror}") from error


def remove(path: Path) -> None:
    """Raises FolderRefuses."""
    with in_words(path):
        refuse_links(path)
        if path.exists():
            path.unlink()
            sync(path.parent)
