"""What came from afar: a patch that lies with the state, above the file. A key that is edited by hand later wins."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from msgspec import Struct, field, structs

from agent.config.positions import KeyPath
from agent.config.problems import Problem
from agent.config.syntax import Document
from agent.configuration import merge, stored

NAME = "remote.json"


class Layer(Struct, frozen=True):
    """One patch on the file.

    Args:
        patch: JSON merge patch.
        file_values: of each key of the patch, written "lamp/lamp-1/unit": what the file said when it was set.
        id: of the command that set it last.
        instead_of: SHA-256 of the file, where it says all that the file should: what is wrong in that one is without
            effect, until a hand changes it. "": it says but some keys.
    """

    patch: dict[str, Any] = field(default_factory=dict)
    file_values: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    instead_of: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.patch and not self.instead_of

    def superseded(self, values: merge.Values) -> set[merge.Path]:
        """The keys that the file says otherwise than when they were set."""
        known = ((path, self.file_values.get(name_of(path))) for path in merge.leaves(self.patch))
        return {path for path, then in known if merge.value_at(values, path) != then}

    def over(self, values: merge.Values) -> dict[str, Any]:
        """What the file says with it."""
        return merge.patched(values, self.in_force(values))

    def without(self, names: Collection[str]) -> "Layer":
        """The same without these keys."""
        gone = {path for path in merge.leaves(self.patch) if name_of(path) in names}
        patch = merge.without(self.patch, gone)
        file_values = {name: each for name, each in self.file_values.items() if name not in names}
        return structs.replace(self, patch=patch, file_values=file_values)

    def in_force(self, values: merge.Values) -> dict[str, Any]:
        """The patch without what is superseded."""
        return merge.without(self.patch, self.superseded(values))

    def own_paths(self, values: merge.Values) -> set[KeyPath]:
        """What stands in no file: the keys that it sets, and the tables that are there by them alone."""
        keys = set(merge.leaves(self.in_force(values)))
        above = {path[:end] for path in keys for end in range(1, len(path))}
        return keys | {path for path in above if merge.value_at(values, path) is None}

    def left_wrong(self, document: Document) -> tuple[Problem, ...]:
        """What is no TOML in the file, and stays so with it: it says something else of no key of that line."""
        if self.instead_of and self.instead_of == document.sha256:
            return ()
        own = set(merge.leaves(self.in_force(document.values)))
        return tuple(each for each in document.errors if not _says(own, document.keys_on(each.line)))


class Kept(Struct, frozen=True):
    """What lies with the state.

    Args:
        layer: in force.
        before: what it is taken back to unless the broker is reached; None: it was confirmed.
    """

    layer: Layer = Layer()
    before: Layer | None = None

    @property
    def confirmed(self) -> Layer:
        """What holds where nothing waits for the broker any more."""
        return self.layer if self.before is None else self.before


def name_of(path: merge.Path) -> str:
    return "/".join(path)


def _says(own: Collection[KeyPath], keys: Collection[KeyPath]) -> bool:
    """Whether each of the keys is one of its own, or lies in one; no key is none."""
    return bool(keys) and all(any(key[:end] in own for end in range(1, len(key) + 1)) for key in keys)


class Remote:
    """The one that a pole keeps.

    Args:
        folder: where.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME

    @property
    def exists(self) -> bool:
        return self._file.is_file()

    def load(self) -> Kept:
        """Returns what is kept, an empty layer where nothing is. Raises OSError or ValueError: it cannot be read."""
        return stored.read(self._file, Kept) or Kept()

    def keep(self, kept: Kept) -> None:
        """Raises OSError or ValueError; then what was kept is kept."""
        if not kept.layer.is_empty or kept.before is not None:
            stored.write(self._file, kept)
        else:
            stored.remove(self._file)
