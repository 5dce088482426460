"""Rows read from single pages, whatever has become of the tree that leads to them.

https://www.sqlite.org/fileformat.html#b_tree_pages and #record_format
"""

import re
import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR, _TABLE_INTERIOR = 0x0D, 0x0A, 0x02, 0x05
_INT_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
# No event is larger, with its key and name.
_MOST_PAYLOAD_BYTES = 1 << 20
_MOST_COLUMNS = 32

# How the header of a record begins: its length, and that of an event goes on with the rowid, which stands elsewhere.
_EVENT_HEADER = re.compile(rb"[\x08-\x20](?=\x00)", re.DOTALL)
# Of a state: a text, some bytes, and a number.
_STATE_HEADER = re.compile(rb"[\x04-\x09](?=[\x0d-\xff][\x00-\xff]{1,6}?[\x01-\x09])", re.DOTALL)

ReadPage = Callable[[int], bytes | None]


class Cell(NamedTuple):
    """One entry of a table.

    Args:
        key: its rowid; None in a table without.
        values: of its columns.
        pages: numbers of the pages that hold what had no room on its own.
    """

    key: int | None
    values: tuple[Any, ...]
    pages: tuple[int, ...]


def cells(page: bytes, first: bool, read_page: ReadPage) -> Iterator[Cell | None]:
    """What the page points to; None for what cannot be read, and for a page that is none of a table.

    Args:
        first: it is the first of the file, which begins with a header.
        read_page: gives another page of the file.
    """
    at = 100 if first else 0
    kind, count = page[at], int.from_bytes(page[at + 3 : at + 5], "big")
    if kind == _TABLE_INTERIOR:
        return
    begin = at + (12 if kind == _INDEX_INTERIOR else 8)
    if kind not in (_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR) or begin + 2 * count > len(page):
        yield None
        return
    for place in struct.unpack_from(f">{count}H", page, begin):
        yield _cell(page, place, kind, read_page)


def anywhere(page: bytes, read_page: ReadPage) -> Iterator[Cell]:
    """Whatever looks like an event or a state at any byte of a page whose pointers are not to be trusted."""
    for header, kind, before in ((_EVENT_HEADER, _TABLE_LEAF, 12), (_STATE_HEADER, _INDEX_LEAF, 3)):
        for found in header.finditer(page):
            for place in range(max(0, found.start() - before), found.start()):
                cell = _cell(page, place, kind, read_page)
                if cell is not None:
                    yield cell


def _cell(page: bytes, at: int, kind: int, read_page: ReadPage) -> Cell | None:
    try:
        at += 4 if kind == _INDEX_INTERIOR else 0
        size, at = _varint(page, at)
        key = None
        if kind == _TABLE_LEAF:
            key, at = _varint(page, at)
        if not 3 <= size <= _MOST_PAYLOAD_BYTES:
            return None
        payload, pages = _payload(page, at, size, kind == _TABLE_LEAF, read_page)
        return Cell(key, _record(payload), pages)
    except (IndexError, ValueError, struct.error):
        return None


def _payload(page: bytes, at: int, size: int, in_table: bool, read_page: ReadPage) -> tuple[bytes, tuple[int, ...]]:
    """The bytes of an entry, and the pages on which they go on. Raises IndexError where they are not there."""
    usable = len(page)
    most = usable - 35 if in_table else (usable - 12) * 64 // 255 - 23
    if size <= most:
        if at + size > usable:
            raise IndexError
        return page[at : at + size], ()
    least = (usable - 12) * 32 // 255 - 23
    local = least + (size - least) % (usable - 4)
    local = local if local <= most else least
    if at + local + 4 > usable:
        raise IndexError
    begin = page[at : at + local]
    _header(begin, size)
    return _followed(begin, int.from_bytes(page[at + local : at + local + 4], "big"), size, read_page)


def _followed(begin: bytes, number: int, size: int, read_page: ReadPage) -> tuple[bytes, tuple[int, ...]]:
    """The same, from the page of that number on."""
    parts, left, pages = [begin], size - len(begin), []
    while left > 0:
        page = read_page(number)
        if page is None or number in pages:
            raise IndexError
        pages.append(number)
        parts.append(page[4 : 4 + left])
        left -= len(parts[-1])
        number = int.from_bytes(page[:4], "big")
    return b"".join(parts), tuple(pages)


def _header(begin: bytes, size: int) -> list[int]:
    """The kinds of the columns. Raises ValueError where they do not fill `size` bytes, IndexError where one is cut."""
    end, at = _varint(begin, 0)
    if not 2 <= end <= size:
        raise ValueError
    kinds: list[int] = []
    while at < end:
        kind, at = _varint(begin, at)
        kinds.append(kind)
        if len(kinds) > _MOST_COLUMNS:
            raise ValueError
    if at != end or end + sum(map(_width, kinds)) != size:
        raise ValueError
    return kinds


def _width(kind: int) -> int:
    if kind >= 12:
        return (kind - 12) // 2
    return _INT_BYTES.get(kind, 8 if kind == 7 else 0)


def _record(payload: bytes) -> tuple[Any, ...]:
    """Raises ValueError for bytes that are no record."""
    kinds = _header(payload, len(payload))
    at, _ = _varint(payload, 0)
    values: list[Any] = []
    for kind in kinds:
        width = _width(kind)
        values.append(_value(kind, payload[at : at + width]))
        at += width
    return tuple(values)


def _value(kind: int, content: bytes) -> Any:
    if kind >= 12:
        return content.decode("utf-8") if kind % 2 else content
    if kind in _INT_BYTES:
        return int.from_bytes(content, "big", signed=True)
    if kind == 7:
        return struct.unpack(">d", content)[0]
    if kind in (10, 11):
        raise ValueError
    return None if kind == 0 else kind - 8


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """A number and the place behind it. Raises IndexError."""
    number = 0
    for n in range(8):
        byte = content[at + n]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, at + n + 1
    return number << 8 | content[at + 8], at + 9
