"""What one bay did in one local day: the one source of every figure (pure)."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Literal

from msgspec import Struct

from drivers.translation import _

State = Literal["occupied", "free", "unknown"]

Kind = Literal["arrived", "left", "overstay", "occupied", "free", "unknown"]
"""The first three happened; the last three note a state that nothing brought about, or that nobody saw come."""

_KINDS: tuple[Kind, ...] = ("arrived", "left", "overstay", "occupied", "free", "unknown")
_CODES = 8
_AFTER: dict[Kind, State] = {
    "arrived": "occupied",
    "left": "free",
    "overstay": "occupied",
    "occupied": "occupied",
    "free": "free",
    "unknown": "unknown",
}

_HAPPENED = frozenset({"arrived", "left", "overstay"})
_SILENT = frozenset({"unknown", "occupied"})
"""What says nothing of an overstay: in a silence the vehicle may stand there still."""

MOST_CHANGES = 600
"""The most changes that are kept of a day: 300 vehicles, one each five minutes. A bay that changes more often has a
sensor that flaps."""

_NOT_MEASURED = -1


class Change(Struct, frozen=True):
    """Something that happened to a bay, or was learnt of it.

    Args:
        at_s: whole seconds that have passed since the day's midnight.
        stay_s: of a vehicle that left, how long it had stood; None: nobody knows.
    """

    at_s: int
    kind: Kind
    stay_s: int | None = None

    @property
    def happened(self) -> bool:
        return self.kind in _HAPPENED

    @property
    def state(self) -> State:
        """The state from then on."""
        return _AFTER[self.kind]


class DayLog(Struct, frozen=True, omit_defaults=True):
    """A bay's day as it is stored: some 200 bytes, with its key, for ten vehicles.

    Args:
        begin: the state at midnight.
        overstayed: whether the vehicle that stood there at midnight had passed its limit.
        coded: each change: seconds since the one before, times 8, plus the number of its kind.
        stays_s: of the vehicles that left, in their order; -1: nobody knows.
        coarse: there were more than MOST_CHANGES; what came after is not known.
    """

    begin: State = "unknown"
    overstayed: bool = False
    coded: tuple[int, ...] = ()
    stays_s: tuple[int, ...] = ()
    coarse: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for a row that no lamppost wrote."""
        if any(each < 0 or each % _CODES >= len(_KINDS) for each in self.coded):
            raise ValueError(_("holds what is no change of a bay"))

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes in the order of their time."""
        return tuple(_decoded(self.coded, self.stays_s))

    @property
    def end(self) -> State:
        return _AFTER[_KINDS[self.coded[-1] % _CODES]] if self.coded else self.begin

    @property
    def end_overstayed(self) -> bool:
        """Whether a vehicle that stands there at its end has passed its limit."""
        told = (_KINDS[each % _CODES] for each in reversed(self.coded))
        return next((kind == "overstay" for kind in told if kind not in _SILENT), self.overstayed)


def _decoded(coded: Sequence[int], stays_s: Sequence[int]) -> Iterator[Change]:
    at_s, stays = 0, iter(stays_s)
    for each in coded:
        passed_s, code = divmod(each, _CODES)
        at_s += passed_s
        kind = _KINDS[code]
        stay_s = next(stays, _NOT_MEASURED) if kind == "left" else _NOT_MEASURED
        yield Change(at_s, kind, None if stay_s == _NOT_MEASURED else stay_s)


def overstayed_after(overstayed: bool, changes: Iterable[Change]) -> bool:
    for change in changes:
        if change.kind not in _SILENT:
            overstayed = change.kind == "overstay"
    return overstayed


def day_log(begin: State, overstayed: bool, changes: Iterable[Change]) -> DayLog:
    """Builds the log of changes that are in the order of their time; what is known already is left out."""
    kept: list[Change] = []
    state, beyond_limit = begin, overstayed
    for each in changes:
        # A stay may pass the limits of several orders; its first overstay counts.
        change = Change(each.at_s, "occupied") if each.kind == "overstay" and beyond_limit else each
        if not change.happened and change.state == state:
            continue
        if len(kept) >= MOST_CHANGES:
            kept.append(Change(change.at_s, "unknown"))
            break
        kept.append(change)
        state, beyond_limit = change.state, overstayed_after(beyond_limit, (change,))
    return _coded(begin, overstayed, kept)


def _coded(begin: State, overstayed: bool, changes: Sequence[Change]) -> DayLog:
    before = (0, *(change.at_s for change in changes))
    return DayLog(
        begin,
        overstayed,
        tuple(
            (change.at_s - since_s) * _CODES + _KINDS.index(change.kind)
            for change, since_s in zip(changes, before, strict=False)
        ),
        tuple(_coded_stay(each) for each in changes if each.kind == "left"),
        coarse=len(changes) > MOST_CHANGES,
    )


def with_change(log: DayLog, change: Change) -> DayLog:
    """What is learnt of `change.at_s` takes the place of every note of a later time.

    Nothing that happened may be later: see `book.put`. A day that has become coarse stays as it is.
    """
    if log.coarse:
        return log
    if change.happened and len(log.coded) < MOST_CHANGES:
        since_s = change.at_s - sum(each // _CODES for each in log.coded)
        if since_s >= 0 and not (change.kind == "overstay" and log.end_overstayed):
            return _appended(log, change, since_s)
    earlier = takewhile(lambda each: each.at_s <= change.at_s, log.changes)
    return day_log(log.begin, log.overstayed, (*earlier, change))


def _appended(log: DayLog, change: Change, since_s: int) -> DayLog:
    """Most changes are the newest: the others need not be read back for them."""
    stays_s = (_coded_stay(change),) if change.kind == "left" else ()
    coded = (*log.coded, since_s * _CODES + _KINDS.index(change.kind))
    return DayLog(log.begin, log.overstayed, coded, log.stays_s + stays_s)


def _coded_stay(change: Change) -> int:
    return _NOT_MEASURED if change.stay_s is None else change.stay_s


def last_happened_s(log: DayLog) -> int | None:
    at_s, last_s = 0, None
    for each in log.coded:
        at_s += each // _CODES
        if _KINDS[each % _CODES] in _HAPPENED:
            last_s = at_s
    return last_s
