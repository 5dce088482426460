"""Lines of text on a serial line, without I/O."""

import re
from typing import NamedTuple

from drivers.serial.profile.patterns import compiled
from drivers.serial.profile.schema import ENDS, LineTable


class Line(NamedTuple):
    """What a line says, as it stands there, by the names of the groups; groups that took no part are left out."""

    groups: dict[str, str]


class Liner:
    """Cuts lines out of what was heard.

    Args:
        dropped: bytes since the start that belonged to no line that the pattern takes.
    """

    def __init__(self, table: LineTable) -> None:
        self._table, self._pattern = table, compiled(table.pattern)
        self._end = ENDS[table.end]
        self._rest, self._too_long = b"", False
        self.dropped = 0

    def reset(self) -> None:
        """Forgets the beginning of a line."""
        self._rest, self._too_long = b"", False

    def feed(self, data: bytes) -> list[Line]:
        """The lines that are complete now, in order. It keeps one line at most."""
        *whole, rest = (self._rest + data).split(self._end)
        found = [line for part in whole if (line := self._taken(part)) is not None]
        if self._too_long or len(rest) > self._table.longest:
            self.dropped += len(rest)
            rest, self._too_long = b"", bool(rest) or self._too_long
        self._rest = rest
        return found

    def _taken(self, part: bytes) -> Line | None:
        over, self._too_long = self._too_long, False
        text = part.strip(b"\r\n")
        line = None if over or len(text) > self._table.longest else self._line(text)
        self.dropped += len(part) if line is None else 0
        return line

    def _line(self, raw: bytes) -> Line | None:
        if not raw.isascii():
            return None
        text = raw.decode("ascii")
        check = self._table.check
        if check is not None and not _sums_up(chr(int(check[0], 16)), chr(int(check[1], 16)), text):
            return None
        found = self._pattern.fullmatch(text)
        return None if found is None else Line({k: v for k, v in found.groupdict().items() if v is not None})


def _sums_up(first: str, last: str, text: str) -> bool:
    begin, end = text.find(first) + 1, text.rfind(last)
    said = text[end + 1 : end + 3]
    if begin == 0 or end < begin or not re.fullmatch("[0-9A-Fa-f]{2}", said):
        return False
    found = 0
    for byte in text[begin:end].encode():
        found ^= byte
    return found == int(said, 16)
