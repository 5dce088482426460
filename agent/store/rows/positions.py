"""The positions of all uplinks: whom an event is for, and who waits for it still."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping

from agent.clock import Moment
from agent.events import Priority
from agent.store.rows.lane import Lane
from agent.store.rows.numbers import slots_of
from agent.store.rows.progress import BLOCK, UNKNOWN, Progress, table_of
from drivers.translation import N_

log = logging.getLogger(__name__)

MOST = 62
"""Uplinks that one file may ever know: bits of a number of SQLite."""

_NOT_TAKEN = N_(
    "store: %s is not taken for %s, by its `formerly`: it has numbers of its own already; "
    "what waits for %s is kept for a while"
)

Wants = Callable[[str], bool]
"""Whether an uplink gets events of that type."""


class TooManyUplinks(Exception):
    """The file has known so many uplinks that there is no room for another name."""


class Positions:
    """Uplinks by their slots.

    Args:
        known: as the file has them.

    Attributes:
        formerly: names of before of uplinks that were renamed, by those that they have.
        touched: by priority, a row before which `waiters` and `is_on_way` have not changed since this was reset.
    """

    def __init__(self, known: Mapping[int, Progress]) -> None:
        self.by_slot = dict(known)
        self.touched = dict.fromkeys(Priority, 0)
        self._wants: dict[int, Wants] = {}
        self._takers: dict[str, int] = {}
        self.formerly: Mapping[str, str] = {}

    def __iter__(self) -> Iterator[Progress]:
        return iter(self.by_slot.values())

    def named(self, name: str) -> Progress | None:
        return next((each for each in self if each.name == name), None)

    def configure(self, wants: Mapping[str, Wants], newest: int, now: Moment) -> None:
        """These are the uplinks, and what each gets from now on. Raises TooManyUplinks, and changes nothing.

        Args:
            newest: row that was committed last: a new uplink gets what comes after it.
        """
        new = self._name_unknown([name for name in wants if self.named(name) is None])
        if len(new) > MOST - len(self.by_slot):
            raise TooManyUplinks
        for name in new:
            self.add(name, newest)
        for each in self:
            each.retire(None if each.name in wants else now)
        self._wants = {each.slot: wants[each.name] for each in self if each.name in wants}
        self._takers.clear()

    def rename(self, formerly: Mapping[str, str], wants: Mapping[str, Wants]) -> None:
        """Uplinks go on under other names: those of which nothing is known yet, and whose old names are free."""
        self.formerly = formerly
        for name, old in formerly.items():
            known = self.named(old)
            if known is None or old in wants:
                continue
            if self.named(name) is None:
                known.rename(name)
            else:
                log.warning(_NOT_TAKEN, table_of(name), *[table_of(old)] * 2)

    def add(self, name: str, newest: int) -> Progress:
        """An uplink that gets what comes after a row. Raises TooManyUplinks."""
        slot = next((slot for slot in range(MOST) if slot not in self.by_slot), None)
        if slot is None:
            raise TooManyUplinks
        self.by_slot[slot] = Progress(slot, name, {priority: Lane(newest) for priority in Priority}, 0)
        self.by_slot[slot].unwritten = True
        return self.by_slot[slot]

    def _name_unknown(self, new: list[str]) -> list[str]:
        """Gives an uplink whose record the disk has lost the only name that has none; the new ones that are left."""
        unknown = [each for each in self if each.name.startswith(UNKNOWN)]
        if len(new) != 1 or len(unknown) != 1:
            return new
        (unknown[0].name,), unknown[0].unwritten = new, True
        return []

    def takers(self, type: str) -> int:
        """The uplinks that get events of that type."""
        found = self._takers.get(type)
        if found is None:
            found = sum(1 << slot for slot, wants in self._wants.items() if wants(type))
            self._takers[type] = found
        return found

    def without(self, type: str, names: Collection[str]) -> int:
        """The same, but for some of them."""
        left_out = sum(each.bit for each in self if each.name in names) if names else 0
        return self.takers(type) & ~left_out

    @property
    def everyone(self) -> int:
        """The bits of all that the configuration has."""
        return sum(1 << slot for slot in self._wants)

    def waiters(self, priority: Priority, seq: int, takers: int) -> int:
        """The takers at whom a row has not arrived."""
        waiting = 0
        for slot in slots_of(takers):
            progress = self.by_slot.get(slot)
            if progress is not None and progress.lanes[priority].waits(seq):
                waiting |= 1 << slot
        return waiting

    def is_on_way(self, priority: Priority, seq: int) -> bool:
        return any(seq in each.lanes[priority].on_way for each in self)

    def touch(self, priority: Priority, seq: int) -> None:
        """It may be dropped now, where it could not before."""
        self.touched[priority] = min(self.touched[priority], seq)

    @property
    def arrived_since_s(self) -> float | None:
        """Monotonic seconds since when it is to be written that something arrived; None: it is written."""
        return min((each.since_s for each in self if each.since_s is not None), default=None)

    def is_short_of_numbers(self, given: Mapping[int, int], more: int) -> bool:
        """Whether there is one that has not reserved so many numbers more."""
        return any(given[slot] + more > self.by_slot[slot].reserved for slot in self._wants)


def reserve(progress: Progress, given: int) -> int:
    """The highest number to be reserved when so many are given: it is raised long before it is reached."""
    return progress.reserved if progress.reserved - given >= BLOCK // 2 else given + BLOCK


def only(positions: Positions, name: str) -> int:
    """The bit of that uplink alone, whatever else it gets; none, where the configuration has it no more.

    Args:
        name: that it has, or had before it was renamed.
    """
    renamed = [new for new, old in positions.formerly.items() if old == name]
    known = (positions.named(each) for each in (name, *renamed))
    return next((each.bit & positions.everyone for each in known if each is not None), 0)
