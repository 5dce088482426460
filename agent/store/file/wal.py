"""A write-ahead log read as bytes, past its first bad frame, where SQLite stops.

https://www.sqlite.org/fileformat.html#the_write_ahead_log
"""

import struct
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24
_MAGIC = {0x377F0682: "<", 0x377F0683: ">"}
_MASK = 0xFFFFFFFF

Sum = tuple[int, int]


class Frame(Struct, frozen=True):
    """One page as a transaction wrote it.

    Args:
        page: its number.
        pages_after: of the database after this transaction, in its last frame; 0 in every other.
        content: as long as one page.
        sound: whether its checksum holds, given the one of the frame before.
    """

    page: int
    pages_after: int
    content: bytes
    sound: bool


class Log(Struct, frozen=True):
    """The frames of transactions that were written to the end, and those behind the last one.

    Args:
        frames: in the order of writing.
        tail: of a transaction without an end.
        stale: from before the log was last begun anew, not yet written over.
    """

    frames: tuple[Frame, ...] = ()
    tail: tuple[Frame, ...] = ()
    stale: tuple[Frame, ...] = ()

    @property
    def torn(self) -> tuple[Frame, ...]:
        """The last transaction, where a frame of it does not hold: a power cut leaves one so, never confirmed."""
        ends = [at for at, frame in enumerate(self.frames) if frame.pages_after]
        begin = ends[-2] + 1 if len(ends) > 1 else 0
        last = self.frames[begin:]
        return last if any(not frame.sound for frame in last) else ()

    @property
    def broken(self) -> bool:
        """Whether a frame does not hold behind which another transaction was written, and so was confirmed before."""
        kept = self.frames[: len(self.frames) - len(self.torn)]
        return any(not frame.sound for frame in kept)

    def without(self, torn: tuple[Frame, ...]) -> "Log":
        """Returns the log without its last transaction, which counts as never written to the end."""
        return Log(self.frames[: len(self.frames) - len(torn)], torn + self.tail, self.stale)


def page_bytes(log: bytes) -> int | None:
    """Bytes of a page, as the header of the log says; None where it does not."""
    if len(log) < HEADER_BYTES or int.from_bytes(log[:4], "big") not in _MAGIC:
        return None
    size = int.from_bytes(log[8:12], "big")
    return size if 512 <= size <= 65536 and size & (size - 1) == 0 else None


def read(log: bytes, page: int) -> Log:
    """The frames that belong together.

    Args:
        page: bytes of one.
    """
    if len(log) < HEADER_BYTES:
        return Log()
    step = FRAME_HEADER_BYTES + page
    heads = [struct.unpack_from(">6I", log, at) for at in range(HEADER_BYTES, len(log) - step + 1, step)]
    salts = _salts(log, heads)
    count = max((at + 1 for at, head in enumerate(heads) if head[2:4] == salts), default=0)
    found = tuple(_frames(log, heads, salts, page))
    frames, stale = found[:count], found[count:]
    end = max((at + 1 for at, frame in enumerate(frames) if frame.pages_after), default=0)
    return Log(frames[:end], frames[end:], stale)


def _salts(log: bytes, heads: list[tuple[int, ...]]) -> tuple[int, ...]:
    """What every frame since the last checkpoint bears; older ones lie behind them."""
    if _header_holds(log):
        return struct.unpack_from(">2I", log, 16)
    first = Counter(head[2:4] for head in heads[:3])
    return first.most_common(1)[0][0] if first else ()


def _header_holds(log: bytes) -> bool:
    order = _MAGIC.get(int.from_bytes(log[:4], "big"))
    return order is not None and _summed(order, log[:24], (0, 0)) == struct.unpack_from(">2I", log, 24)


def _frames(log: bytes, heads: list[tuple[int, ...]], salts: tuple[int, ...], page: int) -> Iterator[Frame]:
    order = _MAGIC.get(int.from_bytes(log[:4], "big"), "<")
    before: Sum = struct.unpack_from(">2I", log, 24)
    for n, head in enumerate(heads):
        at = HEADER_BYTES + n * (FRAME_HEADER_BYTES + page)
        content = log[at + FRAME_HEADER_BYTES : at + FRAME_HEADER_BYTES + page]
        found = _summed(order, log[at : at + 8] + content, before)
        ours = head[2:4] == salts
        yield Frame(head[0], head[1] if ours else 0, content, ours and found == head[4:6])
        # What the frame says, not what was found: the frame behind a bad one is judged by itself.
        before = head[4], head[5]


def _summed(order: str, content: bytes, before: Sum) -> Sum:
    first, second = before
    words = iter(struct.unpack(f"{order}{len(content) // 4}I", content))
    for one, two in zip(words, words, strict=True):
        first = (first + one + second) & _MASK
        second = (second + two + first) & _MASK
    return first, second
