"""The version of what a town has written, as a short digest (pure)."""

import hashlib
from typing import Any

import msgspec
from msgspec import Struct, structs

LENGTH = 16
"""Hexadecimal digits."""


def digest(*written: Any) -> str:
    """Returns a digest of tables and values, by what was written in them: a key that is left out and one that says the
    same as its default are equal, so that a key which a later version adds makes no other digest."""
    text = msgspec.json.encode([_said(each) for each in written], enc_hook=str, order="sorted")
    return hashlib.sha256(text).hexdigest()[:LENGTH]


def _said(value: Any) -> Any:
    if isinstance(value, Struct):
        fields = ((field, getattr(value, field.name)) for field in structs.fields(value))
        return {field.encode_name: _said(told) for field, told in fields if field.required or told != field.default}
    if isinstance(value, list | tuple):
        return [_said(each) for each in value]
    return float(value) if isinstance(value, float) else value
