"""What the mark proves of a file that was opened: that all is there, that something is missing, or nothing."""

import sqlite3
import time
from pathlib import Path
from uuid import uuid4

from msgspec import MsgspecError, Struct, json
from msgspec.structs import replace

from agent.store.file import wal
from agent.store.file.mark import Found, Mark
from agent.store.file.marking import Marking
from agent.store.file.salvage import states_are
from agent.store.rows import tables
from agent.store.rows.content import Content, Tally, count_content
from agent.store.rows.erasures import is_of_before, scopes
from agent.store.rows.rows import PUT, seal_state
from agent.store.rows.schema import VERSION
from agent.store.rows.scope import Scope, joined
from drivers.translation import _

KEY = tables.OWN + "incarnation"


class Incarnation(Struct, frozen=True):
    """A state in the file: which file it is.

    Args:
        id: made at random with the file.
        heir_of: the id of the file whose place it took; empty: of none.
    """

    id: str
    heir_of: str = ""


class Expected(Struct, frozen=True):
    """What the mark says of the file.

    Args:
        contents: after the last transaction that was confirmed, and after the one that was about to be.
        at_s: when that was.
    """

    contents: tuple[Content, ...]
    at_s: float

    @property
    def numbers(self) -> dict[int, int]:
        """`Content.numbers` of whatever may have been committed."""
        sums = {each for content in self.contents for each in content.numbers}
        return {each: max(content.numbers.get(each, 0) for content in self.contents) for each in sums}

    @property
    def erased(self) -> list[Scope]:
        """What was erased, or is about to be."""
        return joined(self.contents[0].erased, self.contents[-1].erased)

    @property
    def most(self) -> Content:
        """What of it may be saved."""
        return replace(self.contents[0], newest=max(each.newest for each in self.contents))


class Missing(Struct, frozen=True):
    """What is missing of what was expected.

    Args:
        events: at least so many.
        first_s: nothing that happened before is missing; None: all is there.
        trusted: whether that clock was set.
        states: whether a state is missing, or older than it was.
        content: what was expected.
    """

    events: int
    first_s: float | None
    trusted: bool
    states: bool
    content: Content


class Verdict(Struct, frozen=True):
    """What is to be told.

    Args:
        damaged: why the file cannot go on as it is; None: it can.
        unproven: why it cannot be known whether all is there; None: it is known, or a power cut kept it from being.
        expected: what the file must hold; None: that is not known.
        like: of what the file holds, where that is known without counting it.
    """

    damaged: str | None = None
    unproven: str | None = None
    expected: Expected | None = None
    like: Content | None = None


def expected_of(found: Found) -> Expected | None:
    """What the mark says, whether or not it is a proof."""
    if found.kept is None:
        return None
    entries = [found.kept, *([found.intended] if found.intended is not None else [])]
    return Expected(tuple(each.content for each in entries), found.kept.at_s)


def judge(found: Found, database: sqlite3.Connection, boot: str, log: bytes, page_bytes: int) -> Verdict:
    """Raises sqlite3.Error.

    Args:
        found: the mark.
        log: bytes of the write-ahead log before the file was opened.
    """
    if found.kept is not None and found.kept.schema != VERSION:
        # It was brought to this schema just now, and its rows are others.
        return Verdict()
    own, expected = incarnation(database), expected_of(found)
    if expected is None:
        torn = found.opened_in is not None and found.opened_in != boot
        return _unproven(None if torn else _why(found, own), log, page_bytes)
    content = count_content(database, own.id if own is not None else "")
    like = next((each for each in expected.contents if each.same_as(content)), None)
    if like is not None:
        return Verdict(expected=expected, like=like)
    if is_of_before(database, erased_of(expected, own)):
        return Verdict(damaged=_("it holds what was erased"), expected=expected)
    if own is not None and own.id != expected.contents[0].incarnation:
        return _of_another(own, expected)
    proved = found.proves(boot)
    return _against_proof(content, expected) if proved else _after_power_cut(content, expected, log, page_bytes)


def _of_another(own: Incarnation, expected: Expected) -> Verdict:
    # Only the moment between putting it in place and marking it leaves an heir so.
    if own.heir_of == expected.contents[0].incarnation:
        return Verdict()
    return Verdict(unproven=_("the mark is of another file"), expected=expected)


def _against_proof(content: Content, expected: Expected) -> Verdict:
    if content.newest > expected.most.newest:
        return Verdict(unproven=_("the mark is older than the file"))
    return Verdict(damaged=_("it does not hold what was written to it last"), expected=expected)


def _why(found: Found, own: Incarnation | None) -> str | None:
    if found.there:
        return _("the mark is damaged")
    return _("the mark is gone") if own is not None else None


def _unproven(why: str | None, log: bytes, page_bytes: int) -> Verdict:
    if _broken(log, page_bytes):
        return Verdict(damaged=_("its write-ahead log is damaged in the middle"), unproven=why)
    return Verdict(unproven=why)


def _after_power_cut(content: Content, expected: Expected, log: bytes, page_bytes: int) -> Verdict:
    """The mark may lag behind, but not go ahead."""
    if _broken(log, page_bytes):
        return Verdict(damaged=_("its write-ahead log is damaged in the middle"))
    kept = expected.contents[0]
    if content.newest < kept.newest and content.events() < kept.events():
        return Verdict(damaged=_("it is older than the mark beside it"), expected=expected)
    return Verdict()


def _broken(log: bytes, page_bytes: int) -> bool:
    return bool(log) and wal.read(log, page_bytes).broken


def missing(database: sqlite3.Connection, expected: Expected) -> Missing:
    """What is missing in a file of what is expected. Raises sqlite3.Error."""
    found = [_missing(database, each) for each in expected.contents]
    whole = next((each for each in found if not each.events and not each.states), None)
    # Whether the last transaction was committed shows by its rows alone; one without is taken for not committed.
    reached = tables.newest(database) > expected.contents[0].newest
    return whole or found[-1 if reached else 0]


def _missing(database: sqlite3.Connection, content: Content) -> Missing:
    found = count_content(database, "", content)
    both = zip(content.outboxes, found.outboxes, strict=True)
    events = sum(max(0, due.count - there.count) for due, there in both)
    states = not states_are(database, content)
    if not events:
        return Missing(0, None, True, states, content)
    lacks = [span.count - there.count for span, there in zip(content.spans, found.spans, strict=True)]
    begin = next((span for span, lack in zip(content.spans, lacks, strict=True) if lack > 0), content.spans[0])
    return Missing(events, begin.since_s, begin.trusted, states, content)


def incarnation(database: sqlite3.Connection) -> Incarnation | None:
    """Which file it is; None: it does not say. Raises sqlite3.Error."""
    found = tables.state(database, KEY)
    try:
        return json.decode(found[0], type=Incarnation) if found is not None and found[1] else None
    except MsgspecError:
        return None


def put_incarnation(database: sqlite3.Connection, own: Incarnation) -> None:
    """Raises sqlite3.Error."""
    database.execute(PUT, seal_state(KEY, json.encode(own)))


def erased_of(marked: Expected | None, own: Incarnation | None) -> list[Scope]:
    """What was erased of that file, by a mark that may be of another one."""
    if marked is None:
        return []
    theirs = {marked.contents[0].incarnation, marked.contents[0].heir_of} - {""}
    return marked.erased if own is None or theirs & {own.id, own.heir_of} else []


def adopt(
    path: Path, database: sqlite3.Connection, boot: str, like: Content | None, marked: Expected | None
) -> Marking:
    """Mark the file from now on. Raises sqlite3.Error.

    Args:
        like: what it holds, where that is known.
        marked: what the mark said until now.
    """
    mark, own = Mark(path, boot), incarnation(database)
    if own is not None:
        content = like.copy() if like is not None else count_content(database, own.id)
        content.erase((*scopes(database), *erased_of(marked, own)))
        content.heir_of = own.heir_of
        mark.begin(content, time.time())
        return Marking(mark, Tally(database, content))
    own = Incarnation(uuid4().hex)
    database.execute("BEGIN IMMEDIATE")
    try:
        put_incarnation(database, own)
        content = count_content(database, own.id)
        # The mark first: one without a file proves nothing, and a file without one tells that it has lost it.
        mark.begin(content, time.time())
        database.execute("COMMIT")
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")
    return Marking(mark, Tally(database, content))
