"""The places of a pole's store and socket, whatever is wrong with its file."""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from agent.config import syntax
from agent.config.problems import ConfigError
from agent.configuration import stored
from drivers.files import refuse_shared

_QUOTES = "\"'\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019"
_TEXT = rf"""(?:(["'])(.+?)\1|[{_QUOTES}]?\s*([^{_QUOTES}#]+))"""
_PATHS = re.compile(rf"[={_QUOTES}]\s*(/[^{_QUOTES}#]+)|(/[^\s{_QUOTES},#\]}}]+)")
"""What looks like a path in a text: up to the next quote, or up to the next blank."""

MOST_GUESSED = 1000
"""Paths of a broken file beside which a last good one is looked for."""


class Whereabouts(Struct, frozen=True):
    """What is noted apart from a file, which may be broken in any way.

    Args:
        file: its absolute path.
        store: absolute path of the store, beside which its last good configuration lies.
    """

    file: str
    store: str


def state_folder(default_store: str) -> Path:
    """Returns the folder that systemd gives to the daemon; else the one that the unit would have.

    Args:
        default_store: [store] path of a file that names none.
    """
    given = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return Path(given) if given else Path(default_store).parent


class Note:
    """The note of one configuration: a file of its own, so that several daemons may have theirs in one folder.

    Args:
        state: see state_folder.
        file: the configuration.
    """

    def __init__(self, state: Path, file: Path) -> None:
        self._own, self._file = stored.folder_of(str(state / "x")), str(file.absolute())
        self.path = self._own / f"whereabouts-{hashlib.sha256(os.fsencode(self._file)).hexdigest()[:16]}.json"

    def store(self) -> str | None:
        """Returns the path of the store that is noted; None: none is. Raises OSError or ValueError: it cannot be
        read, or others may write it."""
        noted = stored.read(self.path, Whereabouts)
        return noted.store if noted is not None and noted.file == self._file else None

    def keep(self, store: str) -> None:
        """Notes the path of a store, unless its folder is the state's, where it is looked for anyway. Raises OSError or
        ValueError."""
        whole = str(Path(store).absolute())
        if stored.folder_of(whole) == self._own:
            stored.remove(self.path)
        else:
            stored.write(self.path, Whereabouts(self._file, whole))


def named(values: Any, table: str, key: str) -> str | None:
    """Returns the text of a key of a table, as TOML reads it; None: there is none."""
    options = values.get(table) if isinstance(values, dict) else None
    found = options.get(key) if isinstance(options, dict) else None
    return found if isinstance(found, str) else None


def store_of(file: Path, default: Path) -> Path:
    """Returns where the store of a file lies; the file may be wrong. Raises ConfigError: it cannot be read at all."""
    return path_in(file, "store", "path", default)


def path_in(file: Path, table: str, key: str, default: Path) -> Path:
    """Returns the path that a table names; the file may be wrong. Raises ConfigError: it cannot be read at all."""
    try:
        document = syntax.read(file)
        said, lines = named(document.values, table, key), syntax.lines(file) if document.errors else []
    except ConfigError:
        said, lines = None, syntax.lines(file)
        if not lines:
            raise
    said = said or _named_in(lines, table, key)
    return default if said is None else Path(said)


def _named_in(lines: list[str], wanted: str, key: str) -> str | None:
    """Returns the text of a key of a table, in lines that may be no TOML: a bracket or a quote may be missing."""
    table = ""
    for line in lines:
        if header := re.match(r"\s*\[([^\[\]=,]+)(\]|\s*$)", line):
            table = header[1].strip()
        elif table == wanted and (found := re.match(rf"\s*{key}\s*=\s*{_TEXT}", line)):
            return found[2] or found[3].strip()
    return None


def guessed(file: Path) -> Iterator[str]:
    """Yields what looks like a path in a file that is broken, each once; nothing, where others may write it: they
    would name a folder of their own."""
    try:
        refuse_shared(file)
    except OSError:
        return
    found = (part for line in syntax.lines(file) for each in _PATHS.finditer(line) for part in each.groups() if part)
    for at, path in enumerate(dict.fromkeys(each.strip() for each in found)):
        if at == MOST_GUESSED:
            return
        yield path
