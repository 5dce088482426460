"""JSON merge patches (RFC 7396) on the values of a TOML file (pure)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from agent.config.reader import JsonText

Values = Mapping[str, Any]

Path = tuple[str, ...]
"""Path of one key: ("lamp", "lamp-1", "unit")."""


def patched(values: Values, patch: Values) -> dict[str, Any]:
    """What the file says by the patch: null takes a key away, a table is patched, anything else takes its place."""
    found = dict(values)
    for key, new in patch.items():
        if new is None:
            found.pop(key, None)
        elif isinstance(new, Mapping):
            before = found.get(key)
            found[key] = patched(before if isinstance(before, Mapping) else {}, new)
        else:
            found[key] = _of_json(new)
    return found


def combined(first: Values, then: Values) -> dict[str, Any]:
    """One patch for two, the second over the first."""
    found = dict(first)
    for key, new in then.items():
        before = found.get(key)
        if isinstance(new, Mapping) and isinstance(before, Mapping):
            found[key] = combined(before, new)
        else:
            found[key] = new
    return found


def difference(values: Values, wanted: Values) -> dict[str, Any]:
    """The patch that makes `wanted` of `values`; both of TOML."""
    found: dict[str, Any] = {key: None for key in values if key not in wanted}
    for key, new in wanted.items():
        before = values.get(key)
        if isinstance(new, Mapping):
            inner = difference(before if isinstance(before, Mapping) else {}, new)
            if inner or not isinstance(before, Mapping):
                found[key] = inner
        elif key not in values or plain(before) != plain(new):
            found[key] = plain(new)
    return found


def leaves(patch: Values, above: Path = ()) -> Iterator[Path]:
    """The keys that a patch sets or takes away."""
    for key, new in patch.items():
        if isinstance(new, Mapping) and new:
            yield from leaves(new, (*above, key))
        else:
            yield *above, key


def without(patch: Values, gone: set[Path], above: Path = ()) -> dict[str, Any]:
    """A patch that leaves these keys as they are."""
    found: dict[str, Any] = {}
    for key, new in patch.items():
        if (*above, key) in gone:
            continue
        inner = without(new, gone, (*above, key)) if isinstance(new, Mapping) else new
        if inner != {} or new == {}:
            found[key] = inner
    return found


def value_at(values: Values, path: Path) -> Any:
    """Returns the value as JSON has it; None: there is no such key."""
    found: Any = values
    for key in path:
        if not isinstance(found, Mapping) or key not in found:
            return None
        found = found[key]
    return plain(found)


def plain(value: Any) -> Any:
    """Returns the value as JSON has it."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def _of_json(value: Any) -> Any:
    """Marks the texts, which may be dates."""
    if isinstance(value, str):
        return JsonText(value)
    if isinstance(value, Mapping):
        return {key: _of_json(each) for key, each in value.items()}
    return [_of_json(each) for each in value] if isinstance(value, list) else value
