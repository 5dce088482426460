"""Profiles as files: those that come with lamppost, and the technician's own beside them, which go before."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from drivers.files import read_regular, refuse_shared
from drivers.mistakes import ProfileError
from drivers.translation import _

LARGEST_BYTES = 1024 * 1024


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
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # no TOML, numbers of thousands of digits, nested without end
        line = re.search(r"at line (\d+)", str(error))
        where = line.group(1) if line else text.count(chr(10)) + 1
        raise ProfileError(f"{path}:{where}: {error}") from None
