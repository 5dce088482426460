"""The occupancy log: the day logs of all bays of the pole, and how changes are applied to them (pure).

The rules:

- A state lasts until something else is learnt, while the agent runs and its clock goes on evenly. What it did not see
  is unknown: from the last moment that it noted until the bay is heard again after a restart, and what a clock was
  set forward by.
- What is learnt of an earlier moment (an arrival is dated by its first reading) takes the place of states noted
  since, never of an arrival, a departure or an overstay: then it is dated like the last of these. Nothing reaches
  back farther than the beginning of yesterday.
- Where a clock was set back, what lies in the future is moved to now, and days that have not begun are forgotten.
- What is learnt before the clock was set waits until it is, in this boot; after a restart it is unknown.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import compress
from operator import is_not

from msgspec import Struct, field, structs

from agent.clock import Moment
from agent.trades.parking.statistics.day_log import Change, DayLog, Kind, State, day_log, last_happened_s, with_change
from agent.trades.parking.statistics.days import LocalDay, day_at, local_day

CLOCK_STEP_S = 5.0
"""A wall clock that went that much farther than time has passed was set forward."""

MOST_UNDATED = 600
"""The most changes of the whole pole that wait for the clock; the oldest are dropped first."""


class BayChange(Struct, frozen=True):
    """Something learnt of a bay."""

    bay: str
    at: Moment
    kind: Kind
    stay_s: int | None = None


class Checkpoint(Struct, frozen=True):
    """What a restart has to know.

    Args:
        at: until then every state in the logs was seen to hold; dated by a clock that was set.
        published_until_unix_s: end of the last period that was told to the city.
    """

    at: Moment
    published_until_unix_s: float = field(name="told_unix_s")


class OccupancyLog(Struct, frozen=True):
    """Everything that is written, and what this run of the agent knows.

    Args:
        days: the logs of today and yesterday; those of earlier days are in the store alone.
        checkpoint: None: nothing was ever noted.
        running: whether this run of the agent has noted anything with a clock that was set.
        present: states of the bays that were heard in this run.
        undated: learnt while the clock was not set.
    """

    timezone: str
    days: Mapping[date, Mapping[str, DayLog]] = field(default_factory=dict)
    checkpoint: Checkpoint | None = None
    running: bool = False
    present: Mapping[str, State] = field(default_factory=dict)
    undated: tuple[BayChange, ...] = ()

    @property
    def bays(self) -> set[str]:
        """The bays that have a log in these days."""
        return set().union(*self.days.values())

    def of(self, bay: str) -> dict[date, DayLog]:
        """Returns the logs of a bay, in order of their days."""
        return {day: logs[bay] for day, logs in sorted(self.days.items()) if bay in logs}


def apply_changes(occupancy: OccupancyLog, news: Iterable[BayChange], now: Moment) -> OccupancyLog:
    """Applies new changes and advances to now: a new day, a clock that was set."""
    for each in news:
        change = Change(0, each.kind)
        present = {**occupancy.present, each.bay: change.state}
        occupancy = structs.replace(occupancy, present=present, undated=(*occupancy.undated, each)[-MOST_UNDATED:])
    if not now.trusted:
        return occupancy
    occupancy, waiting = _advance(occupancy, now), occupancy.undated
    for each in waiting:
        occupancy = put(occupancy, each, now)
    return structs.replace(occupancy, undated=())


def put(occupancy: OccupancyLog, news: BayChange, now: Moment) -> OccupancyLog:
    """One change, in the day to which it belongs."""
    mine = occupancy.of(news.bay)
    unix_s = max(_dated(news.at, now), _earliest(occupancy, mine, now))
    day = day_at(unix_s, occupancy.timezone)
    before = mine.get(day.day) or _carried(mine, day.day)
    log = with_change(before, Change(day.at_s(unix_s), news.kind, news.stay_s))
    if log is before:
        return occupancy
    occupancy = _written(occupancy, day.day, news.bay, log)
    for later in (each for each in mine if each > day.day):
        log = DayLog(log.end, log.end_overstayed)
        occupancy = _written(occupancy, later, news.bay, log)
    return occupancy


def _dated(at: Moment, now: Moment) -> float:
    """Returns the time of `at` in unix seconds, by the clock as it is set now."""
    return now.shifted_to(at.mono_s).unix_s if at.boot == now.boot else at.unix_s


def _earliest(occupancy: OccupancyLog, mine: Mapping[date, DayLog], now: Moment) -> float:
    """The last thing that happened, or the beginning of yesterday."""
    today = day_at(now.unix_s, occupancy.timezone)
    earliest = local_day(today.day - timedelta(days=1), occupancy.timezone).begin_unix_s
    for day, log in mine.items():
        at_s = last_happened_s(log)
        if at_s is not None:
            earliest = max(earliest, local_day(day, occupancy.timezone).begin_unix_s + at_s)
    return earliest


def _carried(mine: Mapping[date, DayLog], day: date) -> DayLog:
    """A day that begins as the last one before it ended; unknown where none is known."""
    before = [log for each, log in mine.items() if each < day]
    return DayLog(before[-1].end, before[-1].end_overstayed) if before else DayLog()


def _written(occupancy: OccupancyLog, day: date, bay: str, log: DayLog) -> OccupancyLog:
    logs = {**occupancy.days.get(day, {}), bay: log}
    return structs.replace(occupancy, days={**occupancy.days, day: logs})


def _advance(occupancy: OccupancyLog, now: Moment) -> OccupancyLog:
    """Time has passed: what was not seen of it is unknown, and a new day begins as the last one ended."""
    today = day_at(now.unix_s, occupancy.timezone)
    checkpoint = occupancy.checkpoint
    if checkpoint is not None and not _without_a_gap(occupancy, checkpoint, now):
        occupancy = _with_gap(occupancy, checkpoint, now)
    if checkpoint is not None and now.unix_s < checkpoint.at.unix_s:
        occupancy = _set_back(occupancy, today, now)
    for bay in occupancy.bays - set(occupancy.days.get(today.day, {})):
        occupancy = _written(occupancy, today.day, bay, _carried(occupancy.of(bay), today.day))
    published_until_unix_s = now.unix_s if checkpoint is None else min(checkpoint.published_until_unix_s, now.unix_s)
    return structs.replace(occupancy, checkpoint=Checkpoint(now, published_until_unix_s), running=True)


def _without_a_gap(occupancy: OccupancyLog, checkpoint: Checkpoint, now: Moment) -> bool:
    """Whether the agent has run since, and the clock was not set forward."""
    went_s = now.unix_s - checkpoint.at.unix_s
    return occupancy.running and went_s - (now.mono_s - checkpoint.at.mono_s) <= CLOCK_STEP_S


def _with_gap(occupancy: OccupancyLog, checkpoint: Checkpoint, now: Moment) -> OccupancyLog:
    """Unknown from `checkpoint` on; what this run of the agent knows holds again from now on."""
    since = checkpoint.at if checkpoint.at.unix_s < now.unix_s else now
    for bay in occupancy.bays:
        occupancy = put(occupancy, BayChange(bay, since, "unknown"), since)
        if occupancy.running and bay in occupancy.present:
            occupancy = put(occupancy, BayChange(bay, now, occupancy.present[bay]), now)
    return occupancy


def _set_back(occupancy: OccupancyLog, today: LocalDay, now: Moment) -> OccupancyLog:
    """The clock was: nothing lies in the future."""
    now_s = today.at_s(now.unix_s)
    ends = {bay: [*occupancy.of(bay).values()][-1] for bay in occupancy.bays}
    days = {day: logs for day, logs in occupancy.days.items() if day <= today.day}
    if today.day in days:
        days[today.day] = {bay: _until(log, now_s) for bay, log in days[today.day].items()}
    if len(days) == len(occupancy.days):
        return structs.replace(occupancy, days=days)
    occupancy = structs.replace(occupancy, days=days)
    for bay, log in ends.items():
        occupancy = put(occupancy, BayChange(bay, now, log.end), now)
    return occupancy


def _until(log: DayLog, now_s: int) -> DayLog:
    changes = log.changes
    if not changes or changes[-1].at_s <= now_s:
        return log
    moved = (structs.replace(change, at_s=min(change.at_s, now_s)) for change in changes)
    return day_log(log.begin, log.overstayed, moved)


def rows(before: OccupancyLog, after: OccupancyLog) -> dict[tuple[date, str], DayLog | None]:
    """What has to be written; None: deleted."""
    changed: dict[tuple[date, str], DayLog | None] = {}
    for day in {*before.days, *after.days}:
        old, new = before.days.get(day, {}), after.days.get(day, {})
        # With each change all bays of the pole pass here, and nearly all have the log that they had.
        others = compress(new, map(is_not, new.values(), map(old.get, new)))
        changed |= {(day, bay): new[bay] for bay in others if new[bay] != old.get(bay)}
        changed |= {(day, bay): None for bay in old.keys() - new.keys()}
    return changed


def with_stored(occupancy: OccupancyLog, day: date, logs: Mapping[str, DayLog]) -> OccupancyLog:
    """A day that was looked up in the store."""
    return structs.replace(occupancy, days={**occupancy.days, day: logs})


def without_past(occupancy: OccupancyLog) -> OccupancyLog:
    """Days before yesterday are in the store."""
    if occupancy.checkpoint is None:
        return occupancy
    today = day_at(occupancy.checkpoint.at.unix_s, occupancy.timezone).day
    days = {day: logs for day, logs in occupancy.days.items() if day >= today - timedelta(days=1)}
    return structs.replace(occupancy, days=days)
