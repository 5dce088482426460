"""What a network server has decoded of a frame: single values out of an object that a town's own codec made (pure).

Codecs differ from town to town, and change: nothing is taken but what a profile asks for by its path.
"""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

MOST_CHARACTERS = 64
"""The longest text that is kept of an object."""


def picked(raw: bytes, paths: Collection[str]) -> dict[str, object]:
    """The values at those paths of an object in JSON; what is not there, or is no single value, is left out."""
    if not paths or not raw:
        return {}
    try:
        return picked_of(msgspec.json.decode(raw), paths)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def picked_of(found: object, paths: Collection[str]) -> dict[str, object]:
    """The same of an object that is decoded already."""
    values = ((path, _at(found, path)) for path in paths)
    return {path: value for path, value in values if _is_single(value)}


def _at(found: Any, path: str) -> object:
    """What stands at a path: names, and numbers within lists, with dots between them. None: nothing."""
    for name in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list) and name.isascii() and name.isdecimal() and len(name) < 4:
            found = found[int(name)] if int(name) < len(found) else None
        else:
            return None
    return found


def _is_single(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MOST_CHARACTERS
    return isinstance(value, bool | int | float)
