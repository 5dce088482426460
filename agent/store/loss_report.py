"""The report of events that the store has dropped: counts and times, in one growing `store.gap` event."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from msgspec import MsgspecError, Raw, Struct, field, json
from msgspec.structs import replace

from agent.clock import rfc3339
from agent.events.gaps import GapFull, GapOld

Reason = Literal["full", "old"]

_FORMS: dict[Reason, type[GapFull]] = {"full": GapFull, "old": GapOld}


class Dropped(Struct, frozen=True):
    """One event that was dropped."""

    type: str
    unix_s: float
    trusted: bool


class LossReport(Struct, frozen=True):
    """Events that were dropped because the store was full, or because they were too old.

    Args:
        dropped: how many.
        by_type: how many of each type.
        first_unix_s, last_unix_s: when the earliest and the latest of them happened.
        times_trusted: whether every one of those times came from a clock that was set.
        previously_reported: how many of `dropped` an earlier gap event counted that was itself dropped, after an
            attempt to send it: whether it arrived is not known.
    """

    dropped: int = 0
    by_type: dict[str, int] = field(default_factory=dict)
    first_unix_s: float = float("inf")
    last_unix_s: float = float("-inf")
    times_trusted: bool = True
    previously_reported: int = 0

    def grown_by(self, dropped: Iterable[Dropped]) -> "LossReport":
        gap = self
        for one in dropped:
            gap = gap.joined_with(LossReport(1, {one.type: 1}, one.unix_s, one.unix_s, one.trusted))
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
        )

    @classmethod
    def of_data(cls, data: Raw) -> "LossReport | None":
        """The gap that the data of a `store.gap` event tells of; None where it tells of something else."""
        try:
            told = json.decode(data, type=GapFull | GapOld)
            first, last = (datetime.fromisoformat(each).timestamp() for each in (told.first, told.last))
        except (MsgspecError, ValueError):
            return None
        return cls(told.dropped, told.by_type, first, last, told.times_trusted, told.previously_reported)
