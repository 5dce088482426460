"""Frames on a serial line, cut out of its bytes by what a profile says of them, without I/O."""

from typing import NamedTuple, Protocol

from drivers.serial.profile.schema import LONGEST_FRAME, CheckTable, FrameTable, MessageTable, SerialTables

_TURNED = 0x20
"""The bit of an escaped byte that is turned (ISO/IEC 13239)."""


class Message(NamedTuple):
    """One sound frame: name of its [message.NAME], and its bytes."""

    name: str
    data: bytes


class Framer(Protocol):
    """Cuts messages out of what was heard.

    Args:
        dropped: bytes since the start that belonged to none.
    """

    dropped: int

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete now, in order. What it keeps is shorter than two of the longest frames."""
        ...

    def reset(self) -> None:
        """Forgets the beginning of a frame: what comes next is no part of it."""
        ...


def framer(tables: SerialTables, frame: FrameTable) -> Framer:
    """What cuts the frames of a sound profile."""
    kinds = [Kind(name, each) for name, each in tables.message.items()]
    return _Stuffed(frame, kinds) if frame.stuffing is not None else _Plain(frame, kinds)


class Kind:
    """One kind of message, ready to be compared."""

    def __init__(self, name: str, table: MessageTable) -> None:
        self.name, self.length = name, table.length
        packed = "".join((table.begins or "").split())
        pairs = [packed[at : at + 2] for at in range(0, len(packed), 2)]
        self._head = [None if each == ".." else int(each, 16) for each in pairs]

    def can_be(self, heard: bytes, at: int) -> bool:
        """Whether what stands there, of which more may come, can be one."""
        return all(want in {None, got} for want, got in zip(self._head, heard[at : at + len(self._head)], strict=False))

    def told_apart(self, count: int) -> bool:
        """Whether so many bytes tell it from others."""
        return count >= len(self._head)

    def fits(self, frame: bytes) -> bool:
        return len(frame) == self.length and self.can_be(frame, 0)


def check_of(check: CheckTable, data: bytes) -> bytes:
    """What stands at the end of `data`, by that way of summing up."""
    match check.type:
        case "sum8":
            return bytes((sum(data) & 0xFF,))
        case "sum16":
            return (sum(data) & 0xFFFF).to_bytes(2, check.order or "big")
        case "negative8":
            return bytes((-sum(data) & 0xFF,))
        case "inverted8":
            return bytes((~sum(data) & 0xFF,))
        case "xor8":
            return bytes((_xor(data),))
    return _crc16(data).to_bytes(2, check.order or "little")


def _xor(data: bytes) -> int:
    found = 0
    for byte in data:
        found ^= byte
    return found


def _crc16(data: bytes) -> int:
    """CRC-16/MODBUS."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _bit in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def size_of_check(kind: str) -> int:
    """Bytes that it takes."""
    return 2 if kind in {"sum16", "crc16"} else 1


def sums_up(check: CheckTable, frame: bytes) -> bool:
    """Whether a frame says of itself what its bytes say."""
    end = len(frame) - check.behind
    at = end - size_of_check(check.type)
    return at >= check.first and check_of(check, frame[check.first : at]) == frame[at:end]


def _hex(text: str | None) -> bytes:
    return bytes.fromhex(text or "")


class _Plain:
    """Frames that begin with bytes which may stand within too: where none is sound, the search goes on one byte
    further."""

    def __init__(self, frame: FrameTable, kinds: list[Kind]) -> None:
        self._frame, self._kinds = frame, kinds
        self._start, self._end = _hex(frame.start), _hex(frame.end)
        self._rest = b""
        self.dropped = 0

    def reset(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Message]:
        heard, at, found = self._rest + data, 0, []
        while (at := self._next_start(heard, at)) < len(heard):
            length = self._length(heard, at)
            if length is None or at + length > len(heard):
                break
            message = self._message(heard[at : at + length])
            if message is not None:
                found.append(message)
            self.dropped += message is None
            at += length if message is not None else 1
        self._rest = heard[at:]
        return found

    def _next_start(self, heard: bytes, at: int) -> int:
        """Returns where a frame may begin; the end of what was heard may be the beginning of its start."""
        found = heard.find(self._start, at)
        if found < 0:
            parts = (len(heard) - count for count in range(len(self._start) - 1, 0, -1))
            found = next((each for each in parts if each >= at and self._start.startswith(heard[each:])), len(heard))
        self.dropped += found - at
        return found

    def _length(self, heard: bytes, at: int) -> int | None:
        """Bytes of the frame that begins there; 0: none does; None: more must come to tell."""
        if self._frame.length_at is None:
            return self._by_kind(heard, at)
        table = self._frame.length_at
        place, size = at + table.byte, 2 if table.type == "u16" else 1
        if place + size > len(heard):
            return None
        length = int.from_bytes(heard[place : place + size], table.order) + table.add
        return length if any(each.length == length for each in self._kinds) else 0

    def _by_kind(self, heard: bytes, at: int) -> int | None:
        able = [each for each in self._kinds if each.can_be(heard, at)]
        if not able:
            return 0
        return able[0].length if able[0].told_apart(len(heard) - at) else None

    def _message(self, frame: bytes) -> Message | None:
        if not frame or not frame.endswith(self._end) or not sums_up(self._frame.check, frame):
            return None
        kind = next((each for each in self._kinds if each.fits(frame)), None)
        return None if kind is None else Message(kind.name, frame)


class _Stuffed:
    """Frames between delimiters, which stand nowhere within."""

    def __init__(self, frame: FrameTable, kinds: list[Kind]) -> None:
        assert frame.stuffing is not None
        self._frame, self._kinds = frame, kinds
        self._delimiter, self._escape = _hex(frame.stuffing.delimiter), _hex(frame.stuffing.escape)[0]
        self._escaped = frozenset(_hex(frame.stuffing.escaped))
        self._rest, self._too_long = b"", False
        self.dropped = 0

    def reset(self) -> None:
        self._rest, self._too_long = b"", False

    def feed(self, data: bytes) -> list[Message]:
        *whole, rest = (self._rest + data).split(self._delimiter)
        found = [message for part in whole if (message := self._taken(part)) is not None]
        if self._too_long or len(rest) > 2 * LONGEST_FRAME:
            self.dropped += len(rest)
            rest, self._too_long = b"", bool(rest) or self._too_long
        self._rest = rest
        return found

    def _taken(self, part: bytes) -> Message | None:
        """What stood between two delimiters; two frames have one between them, or two."""
        over, self._too_long = self._too_long, False
        frame = None if over else self._unstuffed(part)
        message = None if frame is None else self._message(frame)
        self.dropped += len(part) if message is None else 0
        return message

    def _unstuffed(self, part: bytes) -> bytes | None:
        """Returns the bytes; None: an escape stands before what needs none."""
        out, escaped = bytearray(), False
        for byte in part:
            if escaped and byte ^ _TURNED not in self._escaped:
                return None
            if byte == self._escape and not escaped:
                escaped = True
                continue
            out.append(byte ^ _TURNED if escaped else byte)
            escaped = False
        return None if escaped else bytes(out)

    def _message(self, frame: bytes) -> Message | None:
        if not self._says_its_length(frame) or not sums_up(self._frame.check, frame):
            return None
        kind = next((each for each in self._kinds if each.fits(frame)), None)
        return None if kind is None else Message(kind.name, frame)

    def _says_its_length(self, frame: bytes) -> bool:
        table = self._frame.length_at
        if table is None:
            return True
        size = 2 if table.type == "u16" else 1
        number = frame[table.byte : table.byte + size]
        return len(number) == size and int.from_bytes(number, table.order) + table.add == len(frame)
