"""What came from afar: a patch that lies with the state, above the file. A key that is edited by hand later wins."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from agent.config import syntax
from agent.config.problems import ConfigError
from agent.configuration import merge, stored
from drivers.translation import _

NAME = "remote.json"


class Layer(Struct, frozen=True):
    """One patch on the file.

    Args:
        patch: JSON merge patch.
        file_values: of each key of the patch, written "lamp/lamp-1/unit": what the file said when it was set.
        id: of the command that set it last.
    """

    patch: dict[str, Any] = field(default_factory=dict)
    file_values: dict[str, Any] = field(default_factory=dict)
    id: str = ""

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
        return Layer(patch, {name: each for name, each in self.file_values.items() if name not in names}, self.id)

    def in_force(self, values: merge.Values) -> dict[str, Any]:
        """The patch without what is superseded."""
        return merge.without(self.patch, self.superseded(values))


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


class Wanted(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody wants from afar: one of both.

    Args:
        patch: JSON merge patch (RFC 7396) on what is in force.
        file: what would stand in the file, TOML.
    """

    patch: dict[str, Any] | None = None
    file: str | None = None


def layer_of(before: Layer, values: merge.Values, wanted: Wanted, file: Path, id: str) -> Layer:
    """What lies above the file then.

    Args:
        values: of the file.
        file: its name.

    Raises ConfigError for text that is no TOML, ValueError for none or both.
    """
    if (wanted.patch is None) == (wanted.file is None):
        raise ValueError(_("expected either a patch or a file"))
    if wanted.patch is not None:
        whole = merge.combined(before.in_force(values), wanted.patch)
    else:
        document = syntax.parse(file, wanted.file or "")
        if document.errors:
            raise ConfigError.of(file, document.errors)
        whole = merge.difference(values, document.values)
    return Layer(whole, {name_of(path): merge.value_at(values, path) for path in merge.leaves(whole)}, id)


def name_of(path: merge.Path) -> str:
    return "/".join(path)


class Remote:
    """The one that a pole keeps.

    Args:
        folder: where.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME

    def load(self) -> Kept:
        """Returns what is kept, an empty layer where nothing is. Raises OSError or ValueError: it cannot be read."""
        return stored.read(self._file, Kept) or Kept()

    def keep(self, kept: Kept) -> None:
        """Raises OSError or ValueError; then what was kept is kept."""
        if kept.layer.patch or kept.before is not None:
            stored.write(self._file, kept)
        else:
            stored.remove(self._file)
