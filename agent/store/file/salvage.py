"""Salvage of a damaged file: every row with the right checksum is taken over, wherever it stands, and nothing else.

Read are the pages of the file and of its write-ahead log, each by itself: what has become of the first page, of the
schema or of the trees does not matter.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from agent.events import Priority
from agent.store.file import raw_pages, wal
from agent.store.file.raw_pages import Cell
from agent.store.rows.content import Content
from agent.store.rows.rows import COLUMNS, INSERT, PUT, Row, checksum, readable, seal, seal_state
from agent.store.rows.schema import OUTBOXES, PAGE_BYTES, number_anew

_MOST_LOG_BYTES = 64 << 20
_CHUNK_ROWS = 500
_MAGIC = b"SQLite format 3\0"
_KINDS = frozenset({2, 5, 10, 13})
_COLUMNS = COLUMNS.count(",") + 1
_COLUMNS_OF_2 = _COLUMNS - 2
"""Rows of schema 2 say neither who gets them nor under which number."""

# SQLite writes a whole number in a column of floating ones as a whole one.
_REALS = tuple(at for at, name in enumerate(COLUMNS.split(", ")) if name in {"unix_s", "mono_s"})
_IF_NEW = INSERT.replace("INSERT", "INSERT OR IGNORE")
_INSERT = {priority: _IF_NEW.format(name=name) for priority, name in OUTBOXES.items()}
_PUT = PUT.replace("REPLACE", "IGNORE")
_LEAVE = "INSERT OR IGNORE INTO left_behind VALUES (?, ?, ?)"
_NOTHING = ""


class Saved(Struct):
    """How much was taken over."""

    events: int = 0
    states: int = 0


def read_log(path: Path) -> bytes:
    """The write-ahead log, before SQLite opens the file and cuts off what it does not understand. Raises OSError."""
    try:
        with Path(f"{path}-wal").open("rb") as file:
            return file.read(_MOST_LOG_BYTES)
    except FileNotFoundError:
        return b""


class Remains:
    """What is left of a file, page by page.

    Args:
        log: bytes of its write-ahead log.
        all_counts: whether what it has of a transaction counts that has no end, or of which a frame does not hold.
    """

    def __init__(self, path: Path, log: bytes, *, all_counts: bool) -> None:
        self._opened = ExitStack()
        self._file = _open(path)
        if self._file is not None:
            self._opened.enter_context(self._file)
        self.page_bytes = _page_bytes(self._file, log)
        found = wal.read(log, self.page_bytes)
        found = wal.Log((*found.frames, *found.tail), (), found.stale) if all_counts else found.without(found.torn)
        self.log = found
        self.newest = {frame.page: frame for frame in found.frames}
        self.free = frozenset(self._free())

    def __enter__(self) -> "Remains":
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def page(self, number: int) -> bytes | None:
        """The newest that was written of it; None: there is no such page, or the disk does not give it."""
        frame = self.newest.get(number)
        return frame.content if frame is not None else self.of_file(number)

    def of_file(self, number: int) -> bytes | None:
        """The same, of the file alone."""
        if self._file is None or number < 1:
            return None
        try:
            content = os.pread(self._file.fileno(), self.page_bytes, (number - 1) * self.page_bytes)
        except (OSError, OverflowError):
            return None
        return content.ljust(self.page_bytes, b"\0") if content else None

    def in_use(self) -> Iterator[int]:
        """Numbers of the pages that may hold something."""
        return (number for number in range(1, self._count() + 1) if number not in self.free)

    def _count(self) -> int:
        """Pages of the file and its log together."""
        frames = self.log.frames
        end = max((at for at, frame in enumerate(frames) if frame.pages_after and frame.sound), default=-1)
        if end >= 0:
            size = frames[end].pages_after
        else:
            size = -(-os.fstat(self._file.fileno()).st_size // self.page_bytes) if self._file is not None else 0
        return max([size, *(frame.page for frame in frames[end + 1 :] if frame.sound)])

    def _free(self) -> Iterator[int]:
        """Pages that hold nothing any more, as far as the first page leads to them."""
        first = self.page(1)
        if first is None or not first.startswith(_MAGIC):
            return
        trunk, seen = int.from_bytes(first[32:36], "big"), set[int]()
        while trunk and trunk not in seen and (page := self.page(trunk)) is not None:
            seen.add(trunk)
            yield trunk
            count = int.from_bytes(page[4:8], "big")
            if count > self.page_bytes // 4 - 2:
                return
            yield from (int.from_bytes(page[at : at + 4], "big") for at in range(8, 8 + 4 * count, 4))
            trunk = int.from_bytes(page[:4], "big")


def _open(path: Path) -> BinaryIO | None:
    try:
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK), "rb", buffering=0)
    except OSError:
        return None


def _page_bytes(file: BinaryIO | None, log: bytes) -> int:
    """Bytes of a page, as the file says, or its log; else those with which most pages look like some."""
    head = b""
    if file is not None:
        try:
            head = os.pread(file.fileno(), 100, 0)
        except OSError:
            head = b""
    size = int.from_bytes(head[16:18], "big")
    if head.startswith(_MAGIC) and size in _SIZES:
        return size
    return wal.page_bytes(log) or max(_SIZES, key=lambda each: _plausible(file, each))


_SIZES = (PAGE_BYTES, 4096)
_SAMPLE_PAGES = 64


def _plausible(file: BinaryIO | None, size: int) -> float:
    if file is None:
        return 0.0
    found = 0
    for number in range(_SAMPLE_PAGES):
        try:
            begin = os.pread(file.fileno(), 8, number * size)
        except OSError:
            continue
        found += len(begin) == 8 and begin[0] in _KINDS and int.from_bytes(begin[3:5], "big") < size // 4
    return float(found)


class _Page(Struct, frozen=True):
    """One version of a page.

    Args:
        number: of it; 0 where only the log has this version.
    """

    content: bytes
    number: int


class Salvage:
    """Takes what there is of one file into another.

    Args:
        into: an empty store.
        expected: what the file held, where that is proved: what had gone from it before does not come back.
    """

    def __init__(self, remains: Remains, into: sqlite3.Connection, expected: Content | None) -> None:
        self._remains, self._into, self._expected = remains, into, expected
        self._likely = Priority.EVENT
        self._overflow: set[int] = set()
        self._older_states: list[Row] = []
        self._of_2 = False
        self.saved = Saved()

    def run(self) -> Saved:
        """Raises sqlite3.Error when the disk of the new file refuses. The newest of each row comes first, and stays."""
        remains = self._remains
        self._take(_Page(page, n) for n in remains.in_use() if (page := remains.page(n)) is not None)
        spoiled = [frame for frame in remains.log.frames if not frame.sound]
        self._take(_Page(frame.content, 0) for frame in spoiled)
        self._take(self._older({frame.page for frame in spoiled if remains.newest[frame.page] is frame}), older=True)
        if self._expected is not None and self.saved.events < self._expected.events():
            self._take(self._older(set(remains.newest)), older=True)
            self._take((_Page(frame.content, 0) for frame in reversed(remains.log.stale)), older=True)
            free = (_Page(page, n) for n in sorted(remains.free) if (page := remains.page(n)) is not None)
            self._take(free, older=True)
        self._complete_states()
        if self._of_2:
            number_anew(self._into)
        return self.saved

    def _older(self, numbers: set[int]) -> Iterator[_Page]:
        """What was written of these pages before the newest, the later first."""
        for frame in reversed(self._remains.log.frames):
            if frame.page in numbers and self._remains.newest[frame.page] is not frame:
                yield _Page(frame.content, 0)
        for number in sorted(numbers):
            page = self._remains.of_file(number)
            if page is not None:
                yield _Page(page, 0)

    def _take(self, pages: Iterable[_Page], *, older: bool = False) -> None:
        """Take the rows of these pages; then, of those whose pointers lead nowhere, whatever looks like a row."""
        doubtful: list[int | bytes] = []
        chunk: list[tuple[str, Row]] = []
        for page in pages:
            if not page.content.strip(b"\0"):
                continue
            first = page.content.startswith(_MAGIC)
            if not self._collect(raw_pages.cells(page.content, first, self._remains.page), chunk, older):
                doubtful.append(page.number or page.content)
            if len(chunk) >= _CHUNK_ROWS:
                self._save(chunk)
        self._save(chunk)
        for each in doubtful:
            content = each if isinstance(each, bytes) else self._remains.page(each)
            if content is not None and each not in self._overflow:
                self._collect(raw_pages.anywhere(content, self._remains.page), chunk, older)
                self._save(chunk)

    def _collect(self, cells: Iterable[Cell | None], chunk: list[tuple[str, Row]], older: bool) -> bool:
        """Whether every cell could be read, and is as it was committed or of no table that is saved."""
        whole = True
        for cell in cells:
            row = None if cell is None else self._row(cell)
            if row is None:
                whole = whole and cell is not None and not _is_ours(cell)
                continue
            self._overflow.update(cell.pages if cell is not None else ())
            if row[0] == _PUT and older:
                self._older_states.append(row[1])
            elif row[0] == _LEAVE and older:
                continue
            elif row[0] != _NOTHING:
                chunk.append(row)
        return whole

    def _row(self, cell: Cell) -> tuple[str, Row] | None:
        """The statement and the row it saves; None: it is none of ours, or not as it was committed."""
        if not _is_ours(cell):
            return None
        if cell.key is None:
            row = cell.values
            if all(isinstance(each, int) for each in row):
                # What the disk has changed of these shows by the record of the uplink.
                return _LEAVE, row
            return (_PUT, row) if isinstance(row[0], str) and row == seal_state(row[0], row[1]) else None
        row = _as_read(cell)
        if len(row) == _COLUMNS_OF_2:
            return self._row_of_2(row)
        for priority in (self._likely, *Priority):
            if readable(priority, row) is not None:
                self._likely = priority
                return (_INSERT[priority], row) if self._may_be(priority, row[0]) else (_NOTHING, row)
        return None

    def _row_of_2(self, row: Row) -> tuple[str, Row] | None:
        """The same of a row of schema 2, numbered for the time being by its place."""
        for priority in (self._likely, *Priority):
            if row[-1] == checksum(priority, *row[:-1]):
                self._likely, self._of_2 = priority, True
                return _INSERT[priority], seal(priority, row[0], row[1:-1], 1, row[0])
        return None

    def _may_be(self, priority: Priority, seq: int) -> bool:
        """Whether it had been committed, and had not gone before."""
        if self._expected is None:
            return True
        return (self._expected.outboxes[priority].oldest or self._expected.newest) <= seq <= self._expected.newest

    def _save(self, rows: list[tuple[str, Row]]) -> None:
        if rows:
            self._into.execute("BEGIN IMMEDIATE")
            for statement, row in rows:
                self._count(statement, self._into.execute(statement, row).rowcount)
            self._into.execute("COMMIT")
            rows.clear()

    def _count(self, statement: str, taken: int) -> None:
        if statement == _PUT:
            self.saved.states += taken
        elif statement != _LEAVE:
            self.saved.events += taken

    def _complete_states(self) -> None:
        """Older versions of states are taken where all states are then proved to be those that were committed."""
        if self._expected is None or not self._older_states or self._states_are_expected():
            return
        self._into.execute("BEGIN IMMEDIATE")
        taken = sum(self._into.execute(_PUT, row).rowcount for row in self._older_states)
        complete = self._states_are_expected()
        self._into.execute("COMMIT" if complete else "ROLLBACK")
        self.saved.states += taken if complete else 0

    def _states_are_expected(self) -> bool:
        return self._expected is not None and states_are(self._into, self._expected)


def states_are(database: sqlite3.Connection, expected: Content) -> bool:
    """Whether the states are those, each as it was committed last. Raises sqlite3.Error."""
    found: tuple[int, int] = database.execute("SELECT count(*), ifnull(sum(crc), 0) FROM state").fetchone()
    return found == (expected.states.count, expected.states.crcs)


def _is_ours(cell: Cell) -> bool:
    return len(cell.values) in ((3,) if cell.key is None else (_COLUMNS, _COLUMNS_OF_2))


def _as_read(cell: Cell) -> Row:
    """The row as SQLite would give it."""
    row = [cell.key, *cell.values[1:]]
    for at in _REALS:
        if isinstance(row[at], int):
            row[at] = float(row[at])
    return tuple(row)


def salvage(path: Path, log: bytes, into: sqlite3.Connection, expected: Content | None) -> Saved:
    """Copy events under their old seq, and states; how many of each.

    Args:
        log: bytes of its write-ahead log.
        into: an empty store. Raises sqlite3.Error when its disk refuses.
        expected: what it held at most, where that is proved; else a transaction counts of which the log has all.
    """
    with Remains(path, log, all_counts=expected is not None) as remains:
        return Salvage(remains, into, expected).run()
