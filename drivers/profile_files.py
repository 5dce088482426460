"""Profiles as files: those that come with lamppost, and the technician's own beside them, which go before."""

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from drivers.files import read_regular, refuse_shared
from drivers.mistakes import ProfileError
from drivers.printable import printable_lines
from drivers.translation import _

LARGEST_BYTES = 256 * 1024
LONGEST_LINE = 1024
"""Bytes of a file, characters of a line: those that are shipped have 4 KB and 300, 1 500 registers some 150 KB. What
nests deep takes time with the square of a line."""


_ESCAPE = re.compile(r"\\[btfruU]")
"""What stands for a character by its number or name, in a text of TOML."""


def names(own_dir: Path | None, shipped: Path) -> tuple[str, ...]:
    """All that `find` finds, in order."""
    return tuple(sorted({path.stem for folder in _folders(own_dir, shipped) for path in folder.glob("*.toml")}))


def find(name: str, own_dir: Path | None, shipped: Path) -> Path | None:
    """The file of a profile; None: there is none."""
    paths = (folder / f"{name}.toml" for folder in _folders(own_dir, shipped))
    return next((path for path in paths if os.path.lexists(path)), None)


def _folders(own_dir: Path | None, shipped: Path) -> list[Path]:
    return [folder for folder in (own_dir, shipped) if folder is not None and folder.is_dir()]


def text_of(path: Path, shipped: Path) -> str:
    """Raises ProfileError."""
    try:
        content = read_regular(path, LARGEST_BYTES)
        if path.parent != shipped:
            refuse_shared(path)
        return content.decode("utf-8-sig")
    except OSError as error:
        raise ProfileError(_("{path}: cannot be read: {reason}").format(path=path, reason=error.strerror)) from None
    except UnicodeDecodeError as error:
        raise ProfileError(_("{path}: cannot be read: {reason}").format(path=path, reason=error)) from None


def parsed(path: Path, text: str) -> dict[str, Any]:
    """Raises ProfileError."""
    _check_lines(path, text)
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # no TOML, numbers of thousands of digits, nested without end
        line = re.search(r"at line (\d+)", str(error))
        where = line.group(1) if line else text.count(chr(10)) + 1
        raise ProfileError(f"{path}:{where}: {error}") from None
    if any(printable_lines(each) != each for each in _texts(tables)):
        what = _("a text has a character that no screen shows: write it without, and a vector of it as hex")
        raise ProfileError(f"{path}:{_unprintable_line(text)}: {what}")
    return tables


def _texts(tables: dict[str, Any]) -> Iterator[str]:
    """Yields every text and every key in tables."""
    left: list[object] = [tables]
    while left:
        match left.pop():
            case str() as text:
                yield text
            case dict() as table:
                left += [*table, *table.values()]
            case list() as several:
                left += several


def _unprintable_line(text: str) -> int:
    """The first line with such a character, or with an escape that may stand for one."""
    lines = [line.strip() for line in text.split("\n")]
    found = (at for at, line in enumerate(lines, 1) if printable_lines(line) != line or _ESCAPE.search(line))
    return next(found, 1)


def _check_lines(path: Path, text: str) -> None:
    """Raises ProfileError for one that is too long."""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LONGEST_LINE:
            what = _("a line of {count} characters, where {most} are the most")
            raise ProfileError(f"{path}:{number}: {what.format(count=len(line), most=LONGEST_LINE)}")
