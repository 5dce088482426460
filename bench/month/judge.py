"""What the pole told, beside what happened.

A reported stay and a visit belong together when each overlaps the other more than any other does. A visit counts as
one that can be told apart when it, and the free time before and after it, last for as long as the agent and the sensor
look (`apart_s`), and for as long as the pole was down meanwhile.
"""

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, structs

from month.faults import Boot
from month.sensors import FAMILIES, family_of
from month.truth import Visit

Span = tuple[float, float]


class Told(Struct, frozen=True):
    """One stay as the city hears of it; seconds since the month began.

    Args:
        entered_unsure_s: the vehicle may have come so much earlier; None: nobody knows.
        left_s: None: it has not left.
        unsure_s: of the duration.
        overstays: stage and when, of those that were told as proven.
        presumed: likewise, of those that were told as presumed.
    """

    key: str
    entered_s: float
    entered_unsure_s: float | None
    left_s: float | None = None
    duration_s: float | None = None
    exact: bool = True
    unsure_s: float | None = None
    continuity: str = "certain"
    overstays: tuple[tuple[str, float], ...] = ()
    presumed: tuple[tuple[str, float], ...] = ()


class Book(Struct):
    """The stays of one bay that were told. `broken`: events that cannot follow one another."""

    stays: list[Told] = []
    broken: int = 0


class Row(Struct, frozen=True):
    """An event of the outbox. `at_s`: seconds since the month began."""

    kind: str
    bay: int
    data: dict[str, Any]
    at_s: float


def heard(folders: Iterable[Path], boots: Mapping[str, Boot]) -> tuple[dict[int, Book], dict[str, int]]:
    """Stays by bay, and how many events of each type."""
    books: dict[int, Book] = {}
    kinds: dict[str, int] = {}
    for folder in folders:
        for row in _rows(folder, boots):
            kinds[row.kind] = kinds.get(row.kind, 0) + 1
            if row.kind in _READ:
                read(books.setdefault(row.bay, Book()), row)
    return books, kinds


def _rows(folder: Path, boots: Mapping[str, Boot]) -> Iterator[Row]:
    """Yields the events in the order in which they were committed, dated by monotonic time: what the wall clock said
    is another question."""
    times = dict(_times(folder / "times", boots))
    database = sqlite3.connect(f"file:{folder / 'lamppost.db'}?mode=ro", uri=True)
    for id, kind, subject, data in database.execute("SELECT id, type, subject, data FROM outbox ORDER BY seq"):
        if kind.startswith("store."):
            continue  # the store tells of itself, in transactions of its own
        at_s = times[id if isinstance(id, str) else id.hex()]
        yield Row(kind, int(subject[1:]), msgspec.json.decode(data), at_s)
    database.close()


def _times(file: Path, boots: Mapping[str, Boot]) -> Iterator[tuple[str, float]]:
    """Yields the time of each event that was to be committed; a line that a kill has cut belongs to none."""
    for line in file.read_text().splitlines():
        id, _, rest = line.partition(" ")
        boot, _, mono_s = rest.partition(" ")
        if boot in boots and mono_s:
            yield id, boots[boot].began_s + float(mono_s)


def _occupied(book: Book, row: Row) -> None:
    data = row.data
    if book.stays and book.stays[-1].left_s is None:
        book.broken += 1
    book.stays.append(Told(data["stay"], row.at_s, data["uncertainty_s"]))


def _freed(book: Book, row: Row) -> None:
    data: dict[str, Any] = row.data
    if not book.stays or book.stays[-1].key != data["stay"] or book.stays[-1].left_s is not None:
        book.broken += 1
        return
    book.stays[-1] = structs.replace(
        book.stays[-1],
        left_s=row.at_s,
        duration_s=data["duration_s"],
        exact=data["duration_exact"],
        unsure_s=data["uncertainty_s"],
        continuity=data["continuity"],
    )


def _overstay(book: Book, row: Row) -> None:
    if not book.stays or book.stays[-1].key != row.data["stay"]:
        book.broken += 1
        return
    told = (*book.stays[-1].overstays, (row.data["stage"], row.at_s))
    book.stays[-1] = structs.replace(book.stays[-1], overstays=told, continuity=row.data["continuity"])


def _presumed(book: Book, row: Row) -> None:
    if not book.stays or book.stays[-1].key != row.data["stay"]:
        book.broken += 1
        return
    told = (*book.stays[-1].presumed, (row.data["stage"], row.at_s))
    book.stays[-1] = structs.replace(book.stays[-1], presumed=told, continuity=row.data["continuity"])


_READ = {
    "bay.occupied": _occupied,
    "bay.freed": _freed,
    "bay.overstay": _overstay,
    "bay.overstay_presumed": _presumed,
}


def read(book: Book, row: Row) -> None:
    """Enter one event, if it is of a stay."""
    if row.kind in _READ:
        _READ[row.kind](book, row)


class Verdict(Struct):
    """The verdict on one bay.

    Args:
        clear: which visits can be told apart.
        pairs: visit and stay that belong together.
        missed: visits that can be told apart and were not told.
        invented: stays that belong to no visit.
    """

    visits: Sequence[Visit]
    clear: list[bool]
    pairs: list[tuple[int, Told]]
    missed: list[int]
    invented: list[Told]


def judged(
    bay: int, visits: Sequence[Visit], stays: Sequence[Told], end_s: float, down: Sequence[Span] = ()
) -> Verdict:
    clear = clear_of(visits, FAMILIES[family_of(bay)].apart_s, end_s, down)
    spans = [(visit.arrives_s, visit.leaves_s) for visit in visits]
    found = dict(mates(spans, [span_of(stay, end_s) for stay in stays]))
    pairs = [(visit, stays[stay]) for visit, stay in found.items()]
    invented = [stay for number, stay in enumerate(stays) if number not in found.values()]
    missed = [n for n in range(len(visits)) if clear[n] and n not in found]
    return Verdict(visits, clear, pairs, missed, invented)


def clear_of(visits: Sequence[Visit], apart_s: float, end_s: float, down: Sequence[Span] = ()) -> list[bool]:
    """Returns which visits can be told apart; those at the very end, of which no more could be told, are left out."""
    edges = [0.0, *(edge for each in visits for edge in (each.arrives_s, each.leaves_s)), float("inf")]
    long = [end - begin >= apart_s + _within_s(down, begin, end) for begin, end in pairwise(edges)]
    ended = [each.leaves_s < end_s - 2 * apart_s for each in visits]
    return [all(long[2 * n : 2 * n + 3]) and ended[n] for n in range(len(visits))]


def _within_s(down: Sequence[Span], begin_s: float, end_s: float) -> float:
    return sum(max(0.0, min(up_s, end_s) - max(down_s, begin_s)) for down_s, up_s in down)


def span_of(stay: Told, end_s: float) -> Span:
    return stay.entered_s, end_s if stay.left_s is None else stay.left_s


def mates(these: Sequence[Span], those: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Which of these and of those overlap each other most."""
    back = [_best(span, these) for span in those]
    for number, span in enumerate(these):
        mate = _best(span, those)
        if mate is not None and back[mate] == number:
            yield number, mate


def _best(span: Span, others: Sequence[Span]) -> int | None:
    """Which one overlaps it most."""
    first = max(0, bisect_left(others, span) - 1)
    near = takewhile(lambda n: others[n][0] < span[1], range(first, len(others)))
    overlaps = [(min(span[1], others[n][1]) - max(span[0], others[n][0]), n) for n in near]
    most_s, best = max(overlaps, default=(0.0, 0), key=lambda each: (each[0], -each[1]))
    return best if most_s > 0 else None
