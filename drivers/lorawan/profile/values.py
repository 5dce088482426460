"""One value out of the bytes of a frame, or out of what the network server has decoded (pure)."""

import math
import struct
from collections.abc import Sequence
from datetime import date

from drivers.base import Field, Value
from drivers.binary import number_in, part_of
from drivers.lorawan.codecs.frame import BadFrame
from drivers.lorawan.profile.schema import Condition, Conditions, Order, TimeTable, ValueTable, each_of
from drivers.translation import _

TIME_BYTES, SECONDS_OF_DAY = 4, 86400

DECIMALS = 9
"""Rounds away what a scale such as 0.1 adds in binary."""


def holds(conditions: Conditions | None, data: bytes, order: Order) -> bool:
    """Whether all that stands there; without a condition it does."""
    return all(_holds(each, data, order) for each in each_of(conditions))


def _holds(condition: Condition, data: bytes, order: Order) -> bool:
    end = condition.byte + condition.size
    number = int.from_bytes(data[condition.byte : end], order)
    return end <= len(data) and part_of(number, condition.bits) in condition.values


def read(table: ValueTable, data: bytes, file_order: Order) -> Value | None:
    """What stands there; None: the mark of no value, or it does not count now.

    Args:
        data: the frame, or the value of the channel; it is long enough.
        file_order: of bytes where the value does not say.

    Raises BadFrame.
    """
    if not holds(table.when, data, file_order):
        return None
    raw, order = data[table.byte : table.byte + table.size], table.order or file_order
    if table.type in {"hex", "version", "version_hex"}:
        return _spelt(table.type, raw)
    if table.type == "xyz":
        x, y, z = struct.unpack(f"{'>' if order == 'big' else '<'}3h", raw)
        return Field(x, y, z)
    if table.word_order != "big":
        raw = raw[2:] + raw[:2]
    number = number_in(raw, table.type, order, table.bits)
    if number in table.invalid or not math.isfinite(number):
        return None
    return meaning(table, number)


def seconds_of(table: TimeTable, data: bytes, order: Order) -> float:
    """Returns when a record was measured, Unix seconds. Raises BadFrame."""
    raw = data[table.byte : table.byte + TIME_BYTES]
    if len(raw) < TIME_BYTES:
        raise BadFrame("length", _("a record ends within its time"))
    return float(int.from_bytes(raw, order) + SECONDS_OF_DAY * (table.since - date(1970, 1, 1)).days)


def _spelt(kind: str, raw: bytes) -> str:
    if kind == "hex":
        return raw.hex().upper()
    return ".".join(f"{each:x}" if kind == "version_hex" else str(each) for each in raw)


def meaning(table: ValueTable, raw: object) -> Value:
    """What a raw value means. Raises BadFrame."""
    if table.words is not None:
        return _word(table.words, raw)
    if table.flags is not None:
        return ", ".join(name for name, bit in table.flags.items() if isinstance(raw, int) and raw >> bit & 1)
    if table.yes is not None or table.no is not None:
        return _answer(table, raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise _wrong(table, raw)
    return scaled(table, raw)


def _word(words: dict[str, str], raw: object) -> str:
    return words.get(str(raw), f"code {raw}")


def _answer(table: ValueTable, raw: object) -> bool:
    """1 and true differ here, as they do in JSON."""
    if _among(raw, table.yes) or (table.yes is None and not _among(raw, table.no)):
        return True
    if _among(raw, table.no) or (table.no is None and isinstance(raw, int | str)):
        return False
    raise _wrong(table, raw)


def _among(raw: object, known: Sequence[object] | None) -> bool:
    return any(type(raw) is type(each) and raw == each for each in known or ())


def _wrong(table: ValueTable, raw: object) -> BadFrame:
    what = _("{raw} for {quantity}, which means nothing").format(raw=str(raw)[:40], quantity=table.quantity)
    return BadFrame("content" if table.object is None else "object", what)


def scaled(table: ValueTable, number: float) -> int | float:
    if table.scale == 1 and table.offset == 0 and table.decimals is None:
        return number
    return round(number * table.scale + table.offset, DECIMALS if table.decimals is None else table.decimals)
