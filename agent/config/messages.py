"""Messages about values: what a key takes and what is wrong, in plain words instead of type names."""

import datetime as dt
import re
from typing import Any

from msgspec import inspect

from agent.config.problems import without_secrets
from drivers.options import Seconds, decode

_LONGEST_SHOWN = 60
_INTEGER_64 = 2**63

_DURATION = 'a duration in quotes, for example "90s" or "30min"'


def expected(kind: inspect.Type) -> str:
    """What may stand after `=`, with its unit or range where the type has one: "a whole number from 1 to 247"."""
    match kind:
        case inspect.Metadata(extra_json_schema={"description": str(words)}):
            text = words
        case inspect.Metadata(type=inner):
            text = expected(inner)
        case inspect.UnionType(types=types):
            text = " or ".join(expected(each) for each in types if not isinstance(each, inspect.NoneType))
        case inspect.VarTupleType() | inspect.TupleType():
            text = _expected_list(kind)
        case _:
            text = _expected_value(kind)
    return text


def _expected_value(kind: inspect.Type) -> str:
    match kind:
        case inspect.LiteralType(values=values):
            return "one of " + ", ".join(shown(value) for value in values)
        case inspect.IntType(ge=low, le=high):
            return "a whole number" + _range(low, high)
        case inspect.FloatType(ge=low, le=high):
            return "a number" + _range(low, high)
        case inspect.StrType(min_length=low, max_length=high):
            return "text in quotes" + (f" of {low} to {high} characters" if low and high else "")
    return _NAMES.get(type(kind), _DURATION)


_NAMES = {
    inspect.BoolType: "true or false, without quotes",
    inspect.DateType: "a date without quotes, for example 2027-12-31",
}


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}" if abs(high) < 1e6 else f" from {low} to {high}"
    return f" of at least {low:g}" if low is not None else ""


def _expected_list(kind: inspect.VarTupleType | inspect.TupleType) -> str:
    if isinstance(kind, inspect.TupleType):
        return f"a list of {len(kind.item_types)}, each {expected(kind.item_types[0])}"
    size = f" of {kind.min_length} to {kind.max_length}" if kind.min_length and kind.max_length else ""
    return f"a list{size}, each {expected(kind.item_type)}"


def wrong(value: Any, kind: inspect.Type) -> str:
    """Why `value` is not what `kind` wants: `"9600" is text; take the quotes away`."""
    wanted = _plain_kind(kind)
    if wanted is Seconds:
        return _wrong_duration(value)
    if isinstance(value, str) and wanted is not str:
        return _wrong_text(value, wanted)
    if type(value) is wanted or (wanted is float and type(value) is int):
        return f"{shown(value)} is {_refused(kind, value)}"
    return f"{shown(value)} is {_toml_name(value)}"


def _refused(kind: inspect.Type, value: Any) -> str:
    match kind:
        case inspect.Metadata(type=inner):
            return _refused(inner, value)
        case inspect.UnionType(types=types):
            return _refused(types[0], value)
        case inspect.IntType() | inspect.FloatType():
            return "out of range"
        case inspect.VarTupleType() | inspect.TupleType():
            return f"a list of {len(value)}"
    return "not allowed here"


def _plain_kind(kind: inspect.Type) -> type:
    """The Python type that `tomllib` would have to give."""
    match kind:
        case inspect.Metadata(type=inner):
            return _plain_kind(inner)
        case inspect.UnionType(types=types):
            return _plain_kind(types[0])
        case inspect.LiteralType(values=values):
            return type(values[0])
        case inspect.CustomType(cls=cls):
            return cls
    return _PYTHON.get(type(kind), list)


_PYTHON: dict[type, type] = {
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.StrType: str,
    inspect.BoolType: bool,
    inspect.DateType: dt.date,
}


def _wrong_duration(value: Any) -> str:
    if not isinstance(value, str):
        return (
            f"{shown(value)} has no unit" if type(value) in (int, float) else f"{shown(value)} is {_toml_name(value)}"
        )
    if re.search(r"\d,\d", value):
        return f"decimals take a point: {shown(value.replace(',', '.'))}"
    try:
        decode(Seconds, value)
    except ValueError:
        return f"{shown(value)} is not a duration"
    return f"{shown(value)} is not allowed here"


def _wrong_text(value: str, wanted: type) -> str:
    if wanted in (int, float) and re.fullmatch(r"\s*[+-]?\d+,\d+\s*", value):
        return f"{shown(value)} is text; write {value.strip().replace(',', '.')} with a point and without quotes"
    if wanted in (int, float) and re.fullmatch(r"\s*[+-]?\d+(\.\d+)?\s*", value):
        return f"{shown(value)} is text; take the quotes away"
    if wanted is dt.date and re.fullmatch(r"\s*\d{4}-\d{2}-\d{2}\s*", value):
        return f"{shown(value)} is text; take the quotes away"
    if wanted is bool and value.lower() in ("true", "false"):
        return f"{shown(value)} is text; take the quotes away"
    return f"{shown(value)} is text"


def _toml_name(value: Any) -> str:
    for kind, name in _TOML_NAMES:
        if isinstance(value, kind):
            return name
    return "something else"


_TOML_NAMES: tuple[tuple[type, str], ...] = (
    (bool, "true/false"),
    (int, "a whole number"),
    (float, "a number with decimals"),
    (str, "text"),
    (dt.datetime, "a date with a time"),
    (dt.date, "a date"),
    (dt.time, "a time"),
    (list, "a list"),
    (dict, "a table"),
)


def shown(value: Any) -> str:
    """A value as it stands in the file, short and without passwords."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            text = f'"{without_secrets(value)}"'
        case int() if abs(value) >= _INTEGER_64:
            return "this number"
        case list():
            text = "[" + ", ".join(shown(each) for each in value[:8]) + "]"
        case dict():
            return "{...}"
        case _:
            text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."


def format_duration(seconds: float) -> str:
    """A duration as the file writes it: 5400.0 -> "1h 30min"."""
    if 0 < seconds < 1:
        return f"{seconds * 1000:g}ms"
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        count, seconds = divmod(seconds, size)
        parts += [f"{count:g}{unit}"] if count else []
    return " ".join([*parts, *([f"{seconds:g}s"] if seconds or not parts else [])])


def shortened(text: str, width: int) -> str:
    """What is left out is left out of the middle: names and paths differ at their ends."""
    if len(text) <= width:
        return text
    head = (width - 1) // 2
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"
