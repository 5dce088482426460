"""Which events an uplink gets, by their types (pure)."""

import re
from collections.abc import Collection, Iterable


class Choice:
    """Types of event by globs: "lamp.level", "lamp.*", "*"; a star is any letters, points included."""

    def __init__(self, globs: Iterable[str]) -> None:
        self._globs = [re.compile(".*".join(map(re.escape, glob.split("*")))) for glob in globs]
        self._known: dict[str, bool] = {}

    def takes(self, type: str) -> bool:
        found = self._known.get(type)
        if found is None:
            found = self._known[type] = any(glob.fullmatch(type) for glob in self._globs)
        return found

    def takes_any(self, types: Collection[str]) -> bool:
        return any(map(self.takes, types))
