"""The report of events that the store has dropped: counts and times, in one growing `store.gap` event."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from msgspec import UNSET, MsgspecError, Raw, Struct, field, json
from msgspec.structs import replace

from agent.clock import rfc3339
from agent.events.gaps import GapFull, GapOld, GapRemoved

Reason = Literal["full", "old"]

_FORMS: dict[Reason, type[GapFull]] = {"full": GapFull, "old": GapOld}


class Dropped(Struct, frozen=True):
    """One event that was dropped.

    Args:
        sequence: its number with the uplink that is told; 0: not known.
    """

    type: str
    unix_s: float
    trusted: bool
    sequence: int = 0


class LossReport(Struct, frozen=True):
    """Events that were dropped because the store was full, or because they were too old.

    Args:
        dropped: how many.
        by_type: how many of each type.
        first_unix_s, last_unix_s: when the earliest and the latest of them happened.
        times_trusted: whether every one of those times came from a clock that was set.
        previously_reported: how many of `dropped` an earlier gap event counted that was itself dropped, after an
            attempt to send it: whether it arrived is not known.
        first_sequence, last_sequence: the lowest and the highest number of them; 0: not known.
    """

    dropped: int = 0
    by_type: dict[str, int] = field(default_factory=dict)
    first_unix_s: float = float("inf")
    last_unix_s: float = float("-inf")
    times_trusted: bool = True
    previously_reported: int = 0
    first_sequence: int = 0
    last_sequence: int = 0

    def grown_by(self, dropped: Iterable[Dropped]) -> "LossReport":
        gap = self
        for one in dropped:
            gap = gap.joined_with(_of_one(one))
        return gap

    def with_dropped_report(self, older: "LossReport") -> "LossReport":
        """An older gap event had to go too; its counts stay."""
        return self.joined_with(replace(older, previously_reported=older.dropped))

    def joined_with(self, other: "LossReport") -> "LossReport":
        by_type = dict(self.by_type)
        for kind, count in other.by_type.items():
            by_type[kind] = by_type.get(kind, 0) + count
        return replace(
            self,
            dropped=self.dropped + other.dropped,
            by_type=by_type,
            first_unix_s=min(self.first_unix_s, other.first_unix_s),
            last_unix_s=max(self.last_unix_s, other.last_unix_s),
            times_trusted=self.times_trusted and other.times_trusted,
            previously_reported=self.previously_reported + other.previously_reported,
            first_sequence=min(
                self.first_sequence or other.first_sequence, other.first_sequence or self.first_sequence
            ),
            last_sequence=max(self.last_sequence, other.last_sequence),
        )

    def as_data(self, reason: Reason) -> GapFull:
        """The data of the `store.gap` event."""
        return _FORMS[reason](
            dropped=self.dropped,
            previously_reported=self.previously_reported,
            by_type=self.by_type,
            first=rfc3339(self.first_unix_s),
            last=rfc3339(self.last_unix_s),
            times_trusted=self.times_trusted,
            first_sequence=self.first_sequence or UNSET,
            last_sequence=self.last_sequence or UNSET,
        )

    @classmethod
    def of_data(cls, data: Raw) -> "LossReport | None":
        """The gap that the data of a `store.gap` event tells of; None where it tells of something else."""
        try:
            told = json.decode(data, type=GapFull | GapOld | GapRemoved)
            first, last = (datetime.fromisoformat(each).timestamp() for each in (told.first, told.last))
        except (MsgspecError, ValueError):
            return None
        numbers = told.first_sequence or 0, told.last_sequence or 0
        return cls(told.dropped, told.by_type, first, last, told.times_trusted, told.previously_reported, *numbers)


def _of_one(one: Dropped) -> LossReport:
    return LossReport(1, {one.type: 1}, one.unix_s, one.unix_s, one.trusted, 0, one.sequence, one.sequence)
