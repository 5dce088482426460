"""Messages about values: what a key takes and what is wrong, in plain words instead of type names."""

import datetime as dt
import re
from typing import Any

from msgspec import inspect

from agent.calendars import meant_day
from agent.config import meant, slips, units
from agent.config.problems import without_secrets
from drivers.options import Seconds, decode
from drivers.translation import _

_LONGEST_SHOWN = 60
_LONGEST_MEANT = 256
"""Characters of a text that may mean something else: it costs time by the square of its length to find out."""

_INTEGER_64 = 2**63

_ISO_DAY = re.compile(r"\s*\d{4}-\d{2}-\d{2}\s*", re.ASCII)

_DURATION = _('a duration in quotes, for example "90s" or "30min"')


def expected(kind: inspect.Type) -> str:
    """What may stand after `=`, with its unit or range where the type has one: "a whole number from 1 to 247"."""
    match kind:
        case inspect.Metadata(extra_json_schema={"description": str(words)}):
            text = _(words)
        case inspect.Metadata(type=inner):
            text = expected(inner)
        case inspect.UnionType(types=types):
            text = _(" or ").join(expected(each) for each in types if not isinstance(each, inspect.NoneType))
        case inspect.VarTupleType() | inspect.TupleType():
            text = _expected_list(kind)
        case _:
            text = _expected_value(kind)
    return text


def _expected_value(kind: inspect.Type) -> str:
    match kind:
        case inspect.LiteralType(values=values):
            return _("one of {words}").format(words=", ".join(shown(value) for value in values))
        case inspect.IntType(ge=low, le=high):
            return _("a whole number") + _range(low, high)
        case inspect.FloatType(ge=low, le=high):
            return _("a number") + _range(low, high)
        case inspect.StrType(min_length=low, max_length=high):
            size = _(" of {low} to {high} characters").format(low=low, high=high) if low and high else ""
            return _("text in quotes") + size
    return _NAMES.get(type(kind), _DURATION)


_NAMES = {
    inspect.BoolType: _("true or false, without quotes"),
    inspect.DateType: _("a date without quotes, for example 2027-12-31"),
    inspect.DateTimeType: _('a time with its zone, for example "2027-12-31T12:00:00Z"'),
    inspect.DictType: _("an object"),
}


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        short = abs(high) < 1e6
        return _(" from {low} to {high}").format(low=f"{low:g}" if short else low, high=f"{high:g}" if short else high)
    return _(" of at least {low:g}").format(low=low) if low is not None else ""


def _expected_list(kind: inspect.VarTupleType | inspect.TupleType) -> str:
    if isinstance(kind, inspect.TupleType):
        return _("a list of {count}, each {item}").format(count=len(kind.item_types), item=expected(kind.item_types[0]))
    low, high, item = kind.min_length, kind.max_length, expected(kind.item_type)
    if low and high:
        return _("a list of {low} to {high}, each {item}").format(low=low, high=high, item=item)
    return _("a list, each {item}").format(item=item)


def wrong(value: Any, kind: inspect.Type, key: str = "") -> str:
    """Why `value` is not what `kind` wants: `"9600" is text; take the quotes away`.

    Args:
        key: that it was given to, whose end may name a unit; "": it has none.
    """
    wanted = _plain_kind(kind)
    if isinstance(value, str) and len(value) > _LONGEST_MEANT:
        return _("the text has {count} characters").format(count=len(value))
    if wanted is Seconds:
        return _wrong_duration(value)
    if isinstance(value, str) and wanted is not str:
        return _wrong_text(value, wanted, key)
    if isinstance(value, str) and (odd := slips.odd_characters(value)):
        return _("{value} holds a {character}").format(value=shown(value), character=odd[0])
    if type(value) is wanted or (wanted is float and type(value) is int):
        said = _("{value} is {kind}").format(value=shown(value), kind=_refused(kind, value))
        return said + (_of_text(value, kind) if isinstance(value, str) else "")
    said = _("{value} is {kind}").format(value=shown(value), kind=_toml_name(value))
    if isinstance(kind, inspect.LiteralType) and isinstance(value, float) and value * 1000 in kind.values:
        said += _("; write {right}").format(right=f"{value * 1000:.0f}")
    return said


def _of_text(value: str, kind: inspect.Type) -> str:
    """What is wrong with a time, or what to write for a size where one is wanted: "50 Mo" -> "50 MB"."""
    if isinstance(kind, inspect.Metadata):
        return _of_text(value, kind.type)
    if isinstance(kind, inspect.UnionType):
        return _of_text(value, kind.types[0])
    if isinstance(kind, inspect.DateTimeType):
        no_day = _ISO_DAY.fullmatch(value[:10]) and meant_day(value[:10]) != value[:10]
        return _("; there is no such day") if no_day else ""
    size = units.meant_size(value)
    if size is None or not isinstance(kind, inspect.StrType) or not kind.pattern or not re.search(kind.pattern, size):
        return ""
    return _("; write {right}").format(right=f'"{size}"')


def _refused(kind: inspect.Type, value: Any) -> str:
    match kind:
        case inspect.Metadata(type=inner):
            return _refused(inner, value)
        case inspect.UnionType(types=types):
            return _refused(types[0], value)
        case inspect.IntType() | inspect.FloatType():
            return _("out of range")
        case inspect.VarTupleType() | inspect.TupleType():
            return _("a list of {count}").format(count=len(value)) + _of_halves(kind, value)
    return _("not allowed here")


def _of_halves(kind: inspect.VarTupleType | inspect.TupleType, value: list[Any]) -> str:
    """What to write for a list that is twice as long as it should be, since its decimals were written with commas."""
    if not isinstance(kind, inspect.TupleType) or len(value) != 2 * len(kind.item_types):
        return ""
    if any(type(each) is not int for each in value):
        return ""
    pairs = zip(value[::2], value[1::2], strict=True)
    right = ", ".join(f"{whole}.{decimals}" for whole, decimals in pairs)
    return _("; decimals take a point: {right}").format(right=f"[{right}]")


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
    inspect.DateTimeType: str,
    inspect.DictType: dict,
}


def _wrong_duration(value: Any) -> str:
    if not isinstance(value, str):
        return (
            _("{value} has no unit").format(value=shown(value))
            if type(value) in (int, float)
            else _("{value} is {kind}").format(value=shown(value), kind=_toml_name(value))
        )
    if (duration := meant.meant_duration(value)) is not None:
        if re.search(r"\d,\d", value):
            return _("decimals take a point: {value}").format(value=f'"{duration}"')
        return _("{value} is not a duration; write {right}").format(value=shown(value), right=f'"{duration}"')
    try:
        decode(Seconds, value)
    except ValueError:
        return _("{value} is not a duration").format(value=shown(value))
    return _("{value} is not allowed here").format(value=shown(value))


def _wrong_text(value: str, wanted: type, key: str) -> str:
    return _("{value} is text").format(value=shown(value)) + _instead_of_text(value, wanted, key)


def _instead_of_text(value: str, wanted: type, key: str) -> str:
    if meant.is_nothing(value):
        return _("; where there is no value, leave the line out")
    if wanted in (int, float):
        return _wrong_number(value, key)
    if wanted is dt.date and _ISO_DAY.fullmatch(value):
        return _("; take the quotes away") if meant_day(value) else _("; there is no such day")
    if wanted is bool and value.lower() in ("true", "false"):
        return _("; take the quotes away")
    right = {dt.date: meant_day, bool: meant.meant_switch}.get(wanted, lambda _text: None)(value)
    return "" if right is None else _("; write {right}").format(right=right)


def _wrong_number(value: str, key: str) -> str:
    """What to do about a number that is written as text; nothing about any other text."""
    number = meant.meant_number(value, key)
    if number is None:
        return ""
    if number.text is None:
        return _("; write the number alone, without a unit")
    if number.unit:
        return _("; write the number alone: {right}").format(right=number.text)
    if "," in value:
        return _("; write {right} with a point and without quotes").format(right=number.text)
    if number.text != value.strip():
        return _("; write {right}").format(right=number.text)
    return _("; take the quotes away")


def unprintable(value: str) -> str:
    """Why a text without anything that can be printed, or with something that cannot, is wrong."""
    if not value.strip():
        return _("is empty")
    if odd := slips.odd_characters(value):
        return _("holds a {character}; put an ordinary space there, or none").format(character=odd[0])
    return _("holds a character that cannot be printed")


def _toml_name(value: Any) -> str:
    for kind, name in _TOML_NAMES:
        if isinstance(value, kind):
            return name
    return _("something else")


_TOML_NAMES: tuple[tuple[type, str], ...] = (
    (bool, _("true/false")),
    (int, _("a whole number")),
    (float, _("a number with decimals")),
    (str, _("text")),
    (dt.datetime, _("a date with a time")),
    (dt.date, _("a date")),
    (dt.time, _("a time")),
    (list, _("a list")),
    (dict, _("a table")),
)


def shown(value: Any) -> str:
    """A value as it stands in the file, short and without passwords."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            text = f'"{without_secrets(value)}"'
        case int() if abs(value) >= _INTEGER_64:
            return _("this number")
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


def lasting(seconds: float) -> str:
    """A duration for who reads no configuration file: 5400.0 -> "1 h 30 min"."""
    return re.sub(r"(?<=\d)(?=[a-z])", " ", format_duration(seconds))


def shortened(text: str, width: int) -> str:
    """What is left out is left out of the middle: names and paths differ at their ends."""
    if len(text) <= width:
        return text
    head = (width - 1) // 2
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"
