"""What a store holds, in a few numbers that change with each row: enough to see what is missing, and since when."""

import sqlite3
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress

from msgspec import MsgspecError, Struct, field, json
from msgspec.structs import replace

from agent.events import Priority
from agent.store.rows.progress import PREFIX, Left, Record, Upto
from agent.store.rows.schema import OUTBOXES
from agent.store.rows.scope import Scope, joined, name_sum

_LOW = 0xFFFFFFFF
_MOST_SPANS, _SPAN_ROWS = 24, 32


class Span(Struct, frozen=True, array_like=True):
    """Rows that follow one another.

    Args:
        first: seq of the first of them.
        count: how many of them there still are.
        since_s: when the first one happened.
        trusted: whether that clock was set.
    """

    first: int
    count: int
    since_s: float
    trusted: bool

    def with_count(self, count: int) -> "Span":
        return Span(self.first, count, self.since_s, self.trusted)


class Sums(Struct, array_like=True):
    """Counts all rows, and sums their seqs (modulo 2**32 each; 0 for keys) and their checksums.

    Args:
        oldest: seq of the oldest; 0: there is none.
    """

    count: int = 0
    seqs: int = 0
    crcs: int = 0
    oldest: int = 0

    def add(self, seq: int, crc: int, sign: int) -> None:
        self.count += sign
        self.seqs += sign * (seq & _LOW)
        self.crcs += sign * crc


MOST_REACHED = 8
"""The uplinks of which a mark has room for how far they are."""


class Reached(Struct, frozen=True, array_like=True):
    """How far one uplink is in the file.

    Args:
        upto, left: as in its record.
        waiting: rows of the file that have not arrived there.
    """

    upto: Upto
    left: Left
    waiting: int


class Content(Struct, array_like=True):
    """Counts what one file holds.

    Args:
        incarnation: of the file, see `agent.store.file.mark`.
        newest: seq of the newest row ever written.
        outboxes: by priority.
        states: of the rules.
        spans: rows of all priorities, oldest first.
        reached: by `name_sum` of the uplink.
        numbers: that no event of an uplink is beyond, by `name_sum` of the uplink.
        erased: what was erased last.
        heir_of: the file whose place this one took; empty: none.
    """

    incarnation: str
    newest: int = 0
    outboxes: list[Sums] = field(default_factory=lambda: [Sums() for _ in Priority])
    states: Sums = field(default_factory=Sums)
    spans: list[Span] = field(default_factory=list)
    reached: dict[int, Reached] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    erased: list[Scope] = field(default_factory=list)
    heir_of: str = ""

    def events(self) -> int:
        """Rows of all priorities."""
        return sum(each.count for each in self.outboxes)

    def same_as(self, other: "Content") -> bool:
        """Whether both are of the same file with the same rows and states."""
        return (self.incarnation, self.outboxes, self.states) == (other.incarnation, other.outboxes, other.states)

    def copy(self) -> "Content":
        return Content(
            self.incarnation,
            self.newest,
            [Sums(each.count, each.seqs, each.crcs, each.oldest) for each in self.outboxes],
            Sums(self.states.count, 0, self.states.crcs),
            [*self.spans],
            self.reached,
            {**self.numbers},
            self.erased,
            self.heir_of,
        )

    def slim(self) -> "Content":
        """The same in less room: nothing of how far each uplink is, and every other span."""
        slim = self.copy()
        slim.reached = {}
        while len(slim.spans) > _MOST_SPANS // 2:
            slim._join()
        return slim

    def silent(self) -> "Content":
        """The same in still less room: not what was said of erasures."""
        silent = self.slim()
        silent.erased = [replace(each, said="") for each in silent.erased]
        return silent

    def came(self, priority: int, seq: int, crc: int, unix_s: float, trusted: bool) -> None:
        sums, spans = self.outboxes[priority], self.spans
        sums.add(seq, crc, 1)
        if not 0 < sums.oldest < seq:
            sums.oldest = seq
        if seq > self.newest:
            self.newest = seq
            if not spans or spans[-1].count >= _SPAN_ROWS:
                spans.append(Span(seq, 0, unix_s, trusted))
                if len(spans) > _MOST_SPANS:
                    self._join()
            spans[-1] = spans[-1].with_count(spans[-1].count + 1)
            return
        at = bisect_right(spans, seq, key=lambda span: span.first) - 1
        if at < 0:
            spans.insert(0, Span(seq, 0, unix_s, trusted))
            at = 0
        count = spans[at].count + 1
        spans[at] = Span(seq, count, unix_s, trusted) if spans[at].first == seq else spans[at].with_count(count)

    def went(self, priority: int, seq: int, crc: int) -> None:
        self.outboxes[priority].add(seq, crc, -1)
        at = bisect_right(self.spans, seq, key=lambda span: span.first) - 1
        if at >= 0:
            left = self.spans[at].with_count(self.spans[at].count - 1)
            self.spans[at : at + 1] = [left] if left.count > 0 else []

    def erase(self, scopes: Sequence[Scope]) -> None:
        """These were erased."""
        self.erased = joined(self.erased, scopes)

    def reserve(self, key: str, body: bytes) -> None:
        """The record of an uplink was written."""
        with suppress(MsgspecError):
            self.numbers[name_sum(key.removeprefix(PREFIX)[3:])] = json.decode(body, type=Record).reserved

    def _join(self) -> None:
        """Two neighbours become one: those that are few for their age."""
        spans = self.spans
        last = len(spans)
        at = min(range(last - 2), key=lambda n: (spans[n].count + spans[n + 1].count) * (n + 1))
        spans[at] = spans[at].with_count(spans[at].count + spans.pop(at + 1).count)


def count_content(database: sqlite3.Connection, incarnation: str, like: Content | None = None) -> Content:
    """Counts what stands in the file. Raises sqlite3.Error.

    Args:
        like: the content that its spans are taken from, where there is one.
    """
    found = Content(incarnation)
    for priority, name in OUTBOXES.items():
        count, seqs, crcs, newest = database.execute(
            f"SELECT count(*), ifnull(sum(seq & {_LOW}), 0), ifnull(sum(crc), 0), ifnull(max(seq), 0) FROM {name}"
        ).fetchone()
        found.outboxes[priority] = Sums(count, seqs, crcs, oldest_seq(database, priority))
        found.newest = max(found.newest, newest)
    found.states = Sums(*database.execute("SELECT count(*), 0, ifnull(sum(crc), 0) FROM state").fetchone())
    for key, body in database.execute("SELECT key, body FROM state WHERE key GLOB ?", (f"{PREFIX}*",)):
        found.reserve(key, body)
    found.spans = _counted_spans(database, like) if like else _spans(database, found.newest)
    return found


def oldest_seq(database: sqlite3.Connection, priority: Priority) -> int:
    """seq of the oldest row; 0: there is none. Raises sqlite3.Error."""
    oldest: int | None = database.execute(f"SELECT min(seq) FROM {OUTBOXES[priority]}").fetchone()[0]
    return oldest or 0


_ALL = " UNION ALL ".join(f"SELECT seq, unix_s, boot IS NULL AS trusted FROM {name}" for name in OUTBOXES.values())


def _spans(database: sqlite3.Connection, newest: int) -> list[Span]:
    oldest = database.execute(f"SELECT min(seq) FROM ({_ALL})").fetchone()[0] or 0
    width = max(1, (newest - oldest) // (_MOST_SPANS - 1))
    query = f"SELECT min(seq), count(*), unix_s, trusted FROM ({_ALL}) GROUP BY (seq - ?) / ? ORDER BY 1"
    rows = database.execute(query, (oldest, width))
    return [Span(first, count, since_s, bool(trusted)) for first, count, since_s, trusted in rows]


def _counted_spans(database: sqlite3.Connection, like: Content) -> list[Span]:
    """How many rows of each span of another content there are; those that it does not know are in none."""
    ends = [*(span.first for span in like.spans[1:]), like.newest + 1]
    query = f"SELECT count(*) FROM ({_ALL}) WHERE seq >= ? AND seq < ?"
    pairs = list(zip(like.spans, ends, strict=False))
    counts = [database.execute(query, (span.first, end)).fetchone()[0] for span, end in pairs]
    return [Span(span.first, count, span.since_s, span.trusted) for span, count in zip(like.spans, counts, strict=True)]


_TRIGGER = "CREATE TEMP TRIGGER {table}_{event} AFTER {event} ON main.{table} BEGIN {work}; END"


class Tally:
    """Hears of each row from SQLite itself, whatever statement changes it: nothing that is written is forgotten.

    Args:
        content: of the file, with the transaction that is under way.
        gone: keys of states that were deleted, and not put again since; None: nobody asks.
    """

    def __init__(self, database: sqlite3.Connection, content: Content) -> None:
        self.content = content
        self.gone: set[str] | None = None
        self._states: dict[str, int] = dict(database.execute("SELECT key, crc FROM state").fetchall())
        self._before: tuple[Content, dict[str, int | None]] = content, {}
        self._oldest_gone: set[Priority] = set()
        self._hear(database)

    def begin(self) -> Content:
        """A transaction begins, with this content."""
        self._before = self.content.copy(), {}
        return self._before[0]

    def find_oldest(self, database: sqlite3.Connection) -> None:
        """Look for the oldest rows where those that were have gone. Raises sqlite3.Error."""
        for priority in self._oldest_gone:
            self.content.outboxes[priority].oldest = oldest_seq(database, priority)
        self._oldest_gone.clear()

    def roll_back(self) -> None:
        """It was not taken."""
        self._oldest_gone.clear()
        self.content, states = self._before
        for key, crc in states.items():
            self._states.pop(key, None)
            if crc is not None:
                self._states[key] = crc

    def _hear(self, database: sqlite3.Connection) -> None:
        database.create_function("row_came", 5, self._row_came)
        database.create_function("row_went", 3, self._row_went)
        database.create_function("state_put", 3, self._put)
        database.create_function("state_went", 1, self._went)
        for priority, name in OUTBOXES.items():
            came = f"SELECT row_came({int(priority)}, NEW.seq, NEW.crc, NEW.unix_s, NEW.boot IS NULL)"
            went = f"SELECT row_went({int(priority)}, OLD.seq, OLD.crc)"
            for event, work in (("INSERT", came), ("DELETE", went), ("UPDATE", f"{went}; {came}")):
                database.execute(_TRIGGER.format(table=name, event=event, work=work))
        put, gone = "SELECT state_put(NEW.key, NEW.crc, NEW.body)", "SELECT state_went(OLD.key)"
        for event, work in (("INSERT", put), ("DELETE", gone), ("UPDATE", put)):
            database.execute(_TRIGGER.format(table="state", event=event, work=work))

    def _row_came(self, priority: int, seq: int, crc: int, unix_s: float, trusted: int) -> None:
        self.content.came(priority, seq, crc, unix_s, bool(trusted))

    def _row_went(self, priority: int, seq: int, crc: int) -> None:
        self.content.went(priority, seq, crc)
        if seq == self.content.outboxes[priority].oldest:
            self._oldest_gone.add(Priority(priority))

    def _put(self, key: str, crc: int, body: bytes) -> None:
        if key.startswith(PREFIX):
            self.content.reserve(key, body)
        before = self._note(key)
        if before is not None:
            self.content.states.add(0, before, -1)
        self.content.states.add(0, crc, 1)
        self._states[key] = crc
        if self.gone is not None:
            self.gone.discard(key)

    def _went(self, key: str) -> None:
        before = self._note(key)
        if before is not None:
            self.content.states.add(0, before, -1)
            del self._states[key]
        if self.gone is not None:
            self.gone.add(key)

    def _note(self, key: str) -> int | None:
        before = self._states.get(key)
        self._before[1].setdefault(key, before)
        return before
