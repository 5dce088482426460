"""What a key of a file takes, and what was given to it, in plain words instead of type names."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from msgspec import inspect

from drivers.options import without_passwords
from drivers.translation import _

_LONGEST_SHOWN = 60
_INTEGER_64 = 2**63

_NUMBER = re.compile(r"\s*[+-]?\d+(\.\d+)?\s*", re.ASCII)

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
            return _("one of {words}").format(words=", ".join(text_of(value) for value in values))
        case inspect.IntType(ge=low, le=high):
            return _("a whole number") + _range(low, high)
        case inspect.FloatType(gt=above, le=high) if above is not None:
            return _("a number above {low:g}").format(low=above) + _range(None, high)
        case inspect.FloatType(ge=low, le=high):
            return _("a number") + _range(low, high)
        case inspect.StrType(min_length=low, max_length=high):
            size = _(" of {low} to {high} characters").format(low=low, high=high) if low and high else ""
            size = size or (_(" of at most {high} characters").format(high=high) if high else "")
            return _("text in quotes") + size
    return _NAMES.get(type(kind), _DURATION)


_NAMES = {
    inspect.BoolType: _("true or false, without quotes"),
    inspect.DateType: _("a date without quotes, for example 2027-12-31"),
    inspect.DateTimeType: _('a time with its zone, for example "2027-12-31T12:00:00Z"'),
    inspect.DictType: _("an object"),
    inspect.StructType: _("a table"),
}


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        short = abs(high) < 1e6
        return _(" from {low} to {high}").format(low=f"{low:g}" if short else low, high=f"{high:g}" if short else high)
    if high is not None:
        return _(", at most {high:g}").format(high=high)
    return _(" of at least {low:g}").format(low=low) if low is not None else ""


def _expected_list(kind: inspect.VarTupleType | inspect.TupleType) -> str:
    if isinstance(kind, inspect.TupleType):
        return _("a list of {count}, each {item}").format(count=len(kind.item_types), item=expected(kind.item_types[0]))
    low, high, item = kind.min_length, kind.max_length, expected(kind.item_type)
    if low and high:
        return _("a list of {low} to {high}, each {item}").format(low=low, high=high, item=item)
    if high:
        return _("a list of at most {high}, each {item}").format(high=high, item=item)
    return _("a list, each {item}").format(item=item)


def refused(value: Any, kind: Any) -> str:
    """Why a value is not of its key's type, and what would be: "4" is text; expected a whole number."""
    right = expected(inspect.type_info(kind))
    said, wanted = text_of(value), _("expected {what}").format(what=right)
    if isinstance(value, str) and _NUMBER.fullmatch(value) and right.startswith((_("a number"), _("a whole number"))):
        wanted = _("take the quotes away")
    return _("{value} is {kind}; {wanted}").format(value=said, kind=_refusal(value, kind), wanted=wanted)


def _refusal(value: Any, kind: Any) -> str:
    """What it is, where its type is wrong; else that it cannot stand there."""
    info = inspect.type_info(kind)
    if not any(isinstance(value, each) for each in _python_types(info)):
        return name_of(value)
    if isinstance(value, list) and not (isinstance(info, inspect.TupleType) and len(value) == len(info.item_types)):
        return _("a list of {count}").format(count=len(value))
    return _("out of range") if isinstance(value, int | float) else _("not allowed here")


def _python_types(kind: inspect.Type) -> tuple[type, ...]:
    """What TOML would have to give."""
    match kind:
        case inspect.Metadata(type=inner):
            return _python_types(inner)
        case inspect.UnionType(types=types):
            return tuple(each for one in types for each in _python_types(one))
    return _PYTHON.get(type(kind), ())


_PYTHON: dict[type, tuple[type, ...]] = {
    inspect.IntType: (int,),
    inspect.FloatType: (int, float),
    inspect.StrType: (str,),
    inspect.VarTupleType: (list,),
    inspect.TupleType: (list,),
    inspect.DictType: (dict,),
}


def name_of(value: Any) -> str:
    """What such a value is called."""
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


def text_of(value: Any, hidden: Callable[[str], str] = without_passwords) -> str:
    """A value as it stands in the file, short.

    Args:
        hidden: takes passwords out of a text.
    """
    match value:
        case bool():
            return str(value).lower()
        case str():
            text = f'"{hidden(value)}"'
        case int() if abs(value) >= _INTEGER_64:
            return _("this number")
        case list():
            text = "[" + ", ".join(text_of(each, hidden) for each in value[:8]) + "]"
        case dict():
            return "{...}"
        case _:
            text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."
