"""Messages about values: what a key takes and what is wrong, in plain words instead of type names."""

import datetime as dt
import re
from typing import Any

from msgspec import inspect

from agent.calendars import meant_day
from agent.config import meant, slips, units
from agent.config.problems import without_secrets
from drivers.expected import name_of, text_of
from drivers.options import Seconds, decode
from drivers.translation import _

_LONGEST_MEANT = 256
"""Characters of a text that may mean something else: it costs time by the square of its length to find out."""

_ISO_DAY = re.compile(r"\s*\d{4}-\d{2}-\d{2}\s*", re.ASCII)


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
    said = _("{value} is {kind}").format(value=shown(value), kind=name_of(value))
    if type(value) is int and wanted is str:
        said += _of_text(str(value), kind)
    if isinstance(kind, inspect.LiteralType) and isinstance(value, float) and value * 1000 in kind.values:
        said += _("; write {right}").format(right=f"{value * 1000:.0f}")
    return said


def _of_text(value: str, kind: inspect.Type) -> str:
    """What is wrong with a time, or what to write for a size or for hexadecimal digits: "50 Mo" -> "50 MB"."""
    if isinstance(kind, inspect.Metadata):
        return _of_text(value, kind.type)
    if isinstance(kind, inspect.UnionType):
        return _of_text(value, kind.types[0])
    if isinstance(kind, inspect.DateTimeType):
        no_day = _ISO_DAY.fullmatch(value[:10]) and meant_day(value[:10]) != value[:10]
        return _("; there is no such day") if no_day else ""
    if not isinstance(kind, inspect.StrType) or not kind.pattern:
        return ""
    likely = (value, units.meant_size(value), meant.meant_digits(value))
    right = next((each for each in likely if each is not None and re.search(kind.pattern, each)), None)
    return "" if right is None else _("; write {right}").format(right=f'"{right}"')


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
            else _("{value} is {kind}").format(value=shown(value), kind=name_of(value))
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


def shown(value: Any) -> str:
    """A value as it stands in the file, short and without passwords."""
    return text_of(value, without_secrets)


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
