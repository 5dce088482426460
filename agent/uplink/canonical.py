"""JSON in the one form in which it is signed (RFC 8785, the JSON Canonicalization Scheme)."""

import math
from typing import Any

from drivers.translation import _


def canonical(value: Any) -> bytes:
    """Members in the order of their names, no blanks, numbers as ECMAScript writes them.

    Args:
        value: as `json.loads` gives it. Raises ValueError for a number that not every reader can say, and for a lone
            half of a surrogate pair.
    """
    return _text(value).encode()


def _text(value: Any) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{_string(name)}:{_text(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_text, value)) + "]"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool) or value is None:
        return {None: "null", True: "true", False: "false"}[value]
    return _number(value)


def _string(text: str) -> str:
    from json import dumps  # needed where orders are signed alone

    return dumps(text, ensure_ascii=False)


def _number(value: float) -> str:
    """ECMA-262, Number::toString: the shortest digits, with an exponent from 1e21 on and below 1e-6."""
    mantissa, _e, exponent = repr(float(value)).partition("e")
    text = _with_point(mantissa, int(exponent or 0)) if math.isfinite(value) else ""
    if not text or (isinstance(value, int) and int(float(value)) != value and str(value) != text):
        raise ValueError(_("{value} is no number that every reader of JSON takes for the same").format(value=value))
    return text


def _with_point(mantissa: str, exponent: int) -> str:
    sign, mantissa = ("-", mantissa[1:]) if mantissa[0] == "-" else ("", mantissa)
    whole, _point, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + exponent - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if not digits:
        return "0"
    if 0 < point <= 21:
        padded = digits.ljust(point, "0")
        return sign + padded[:point] + ("." + padded[point:] if padded[point:] else "")
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    rest = "." + digits[1:] if digits[1:] else ""
    return f"{sign}{digits[0]}{rest}e{'+' if point > 0 else '-'}{abs(point - 1)}"
