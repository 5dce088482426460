"""Profiles in files: those that come with lamppost, and the technician's own beside them."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from drivers.options import decode
from drivers.profile.bound import BoundProfile, bind
from drivers.profile.checks import Mistake, mistakes
from drivers.profile.errors import ProfileError
from drivers.profile.schema import Hole, LampTable, ProfileTables, Register

SHIPPED = Path(__file__).parent.parent / "profiles"
_SOUND = {"function": 3, "address": 0, "type": "u16"}


class Profile(Struct, frozen=True):
    """A register map that was read and checked."""

    name: str
    tables: ProfileTables

    @property
    def parameters(self) -> tuple[str, ...]:
        """What a device of this kind must be given: any of "channel" and "short_address"."""
        return self.tables.parameters

    def bind(self, **parameters: int | None) -> BoundProfile:
        """The map of one device. None stands for "not given". Raises ProfileError."""
        given = {key: value for key, value in parameters.items() if value is not None}
        return bind(self.name, self.tables, given)


def names(own_dir: Path | None = None) -> tuple[str, ...]:
    """All profiles that `load` finds, in order."""
    return tuple(sorted({path.stem for folder in _folders(own_dir) for path in folder.glob("*.toml")}))


def load(name: str, own_dir: Path | None = None) -> Profile:
    """The profile `name`; one of the technician's own goes before a shipped one of that name.

    Raises:
        ProfileError: there is none, or it is wrong: every mistake with file and line.
    """
    if name not in (known := names(own_dir)):
        raise ProfileError(f'there is no profile "{name}"; there are {", ".join(known)}')
    paths = (folder / f"{name}.toml" for folder in _folders(own_dir))
    return Profile(name, _read(next(path for path in paths if path.exists())))


def _folders(own_dir: Path | None) -> list[Path]:
    return [folder for folder in (own_dir, SHIPPED) if folder is not None and folder.is_dir()]


def _read(path: Path) -> ProfileTables:
    try:
        text = path.read_text(encoding="utf-8")
        given = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise ProfileError(f"{path}:{line.group(1) if line else text.count(chr(10)) + 1}: {error}") from None
    _raise_all(path, text, list(_wrong_types(given)))
    tables = msgspec.convert(given, ProfileTables, dec_hook=decode)
    _raise_all(path, text, list(mistakes(tables)))
    return tables


def _raise_all(path: Path, text: str, found: list[Mistake]) -> None:
    if found:
        raise ProfileError("\n".join(f"{path}:{_line(text, mistake)}: {_said(mistake)}" for mistake in found))


def _wrong_types(given: dict[str, Any]) -> Iterator[Mistake]:
    """Each table apart, so that all mistakes come out in one run, and with the table's name."""
    registers, holes = given.get("register"), given.get("hole", [])
    if not isinstance(registers, dict) or not isinstance(holes, list):
        yield from _wrong("", given, ProfileTables)
        return
    for name, table in registers.items():
        yield from _wrong(f"register.{name}", table, Register)
    for table in holes:
        yield from _wrong("hole", table, Hole)
    if "lamp" in given:
        yield from _wrong("lamp", given["lamp"], LampTable)
    sound: dict[str, Any] = {"register": dict.fromkeys(registers, _SOUND), "hole": [], "lamp": None}
    yield from _wrong("", {**given, **sound}, ProfileTables)


def _wrong(table: str, value: object, kind: type) -> Iterator[Mistake]:
    try:
        msgspec.convert(value, kind, dec_hook=decode)
    except msgspec.ValidationError as error:
        words, _, where = str(error).partition(" - at `")
        key = re.search(r"\.(\w+)", where) or re.search(r"field `(\w+)`", words)
        yield table, key.group(1) if key else "", words


def _said(mistake: Mistake) -> str:
    table, key, words = mistake
    where = f"[{table}] {key}" if table and key else f"[{table}]" if table else key
    return f"{where}: {words}" if where else words


def _line(text: str, mistake: Mistake) -> int:
    """The line of the key; of its table, where the key is missing; else the first."""
    table, key, _ = mistake
    lines = text.splitlines()
    header = re.compile(rf"\s*\[+\s*{re.escape(table)}\s*\]+")
    start = next((n for n, line in enumerate(lines, 1) if table and header.match(line)), 0)
    for n, line in enumerate(lines[start:], start + 1):
        if re.match(r"\s*\[", line):
            break
        if key and re.match(rf"\s*{re.escape(key)}\s*[=.]", line):
            return n
    return start or 1
