"""Readings of one source -> votes -> occupied or free (pure)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from msgspec import structs

from agent.clock import Moment
from agent.trades.parking.baseline import adapt, deviation, initial
from agent.trades.parking.change_point import locate_change
from agent.trades.parking.source import CATCH_UP_S, SLOW_S, Sample, Source, SourceState, backlog_left_s, is_current
from drivers.base import Field, Quality, Reading, Stay

Said = bool | Literal["between"]

_NEAREST_MM, _FARTHEST_MM = 30, 15_000
"""What any ultrasonic sensor on a pole can measure; anything else is an error code."""

_MOST_OPEN = 16


def debounce(source: Source, heard: SourceState, now: Moment, reading: Reading, before: Moment | None) -> SourceState:
    """After one more reading.

    Args:
        before: when the state of the bay was last known, for a source that has not spoken yet.
    """
    if source.decides == "stay":
        return _apply_stay(source, heard, now, reading, before)
    if reading.quantity == "reachable":
        return _apply_reachable(source, heard, now, reading)
    if source.decides == "field":
        heard = _adapt_baseline(source, heard, now, reading)
    says = _says(source, heard, reading)
    if says is None:
        return heard
    heard = structs.replace(heard, behind=_backlog_until(now, reading))
    missed = heard.last is not None and not is_current(source, heard, now)
    before = heard.last or (heard.votes[-1].at if heard.votes else before)
    gap_s = now.since(before) if before else None
    if missed and outlasts_votes(source, heard.votes, gap_s):
        heard = structs.replace(heard, votes=(), earlier=(), pending=None)
    if says == "between":
        said = heard.votes[-1].occupied if heard.votes else heard.accepted
        if said is None:
            return structs.replace(heard, last=now)
        says = said
    return _add_sample(source, heard, Sample(says, now, gap_s), now)


def _backlog_until(now: Moment, reading: Reading) -> Moment | None:
    """Until when a source that says so old a thing may have more to tell."""
    return now.at(now.mono_s + reading.waited_s + CATCH_UP_S) if reading.waited_s else None


def _apply_reachable(source: Source, heard: SourceState, now: Moment, reading: Reading) -> SourceState:
    """While its line or its network is cut nobody hears what a sensor tells: what it said last may be over. One that
    measures is silent instead. Its network may also tell that more of what it said is on its way."""
    if reading.waited_s:
        heard = structs.replace(heard, behind=_backlog_until(now, reading))
    return structs.replace(heard, blind=reading.value is False) if source.tells_changes else heard


def outlasts_votes(source: Source, votes: Sequence[Sample], gap_s: float | None) -> bool:
    """Whether a silence was longer than the votes reach anyway, one reading apart as they were."""
    apart_s = votes[-1].gap_s if votes else None
    return gap_s is None or apart_s is None or gap_s > source.of * apart_s


def _says(source: Source, heard: SourceState, reading: Reading) -> Said | None:
    """What one reading says of the bay; None: nothing."""
    value = reading.value
    if reading.quality is not Quality.GOOD:
        return None
    if source.decides == "occupied":
        return value if reading.quantity == "occupied" and isinstance(value, bool) else None
    return _by_field(source, heard, reading) if source.decides == "field" else _by_distance(source, reading)


def _by_distance(source: Source, reading: Reading) -> Said | None:
    value = reading.value
    if reading.quantity != "distance_mm" or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not _NEAREST_MM <= value <= _FARTHEST_MM:
        return None
    if value < source.occupied_below_mm:
        return True
    return False if value > source.free_above_mm else "between"


def _by_field(source: Source, heard: SourceState, reading: Reading) -> Said | None:
    if not isinstance(reading.value, Field) or heard.empty is None:
        return None
    strayed = deviation(heard.empty, reading.value)
    if strayed >= source.field_change:
        return True
    return False if strayed < source.field_change / 2 else "between"


def _adapt_baseline(source: Source, heard: SourceState, now: Moment, reading: Reading) -> SourceState:
    """The field of the empty bay follows what a free bay reads: it drifts with the temperature of the sensor. It begins
    anew when the bay was measured again, with another sensor."""
    if not isinstance(reading.value, Field) or reading.quality is not Quality.GOOD or source.empty_field is None:
        return heard
    kept = heard.empty if heard.empty and heard.empty.measured == source.empty_field else None
    empty = kept or initial(source.empty_field)
    near = deviation(empty, reading.value) < source.field_change / 2
    if heard.accepted is not True and near:
        passed_s = (now.since(heard.last) if heard.last else None) or 0.0
        empty = adapt(empty, reading.value, passed_s)
    return structs.replace(heard, empty=empty)


def _add_sample(source: Source, heard: SourceState, vote: Sample, now: Moment) -> SourceState:
    votes, earlier = (*heard.votes, vote), heard.earlier
    if len(votes) > source.of:
        earlier = (*earlier, votes[0])[-source.dates :] if source.dates and heard.accepted is not None else ()
        votes = votes[1:]
    to = vote.occupied if heard.accepted is None else not heard.accepted
    pending = None
    if [each.occupied for each in votes].count(to) >= source.needed:
        kept = heard.pending if heard.pending is not None and heard.pending.occupied == to else None
        pending = kept or _locate_turn(source, earlier, votes, to)
    return structs.replace(heard, last=now, votes=votes, earlier=earlier, pending=pending)


def _locate_turn(source: Source, earlier: tuple[Sample, ...], votes: tuple[Sample, ...], to: bool) -> Sample:
    """Where the state changed, and the vote that proves it."""
    saying = [at for at, vote in enumerate(votes) if vote.occupied == to]
    unbroken = all(each.occupied == to for each in votes[saying[0] :])
    proven = votes[saying[min(1 if unbroken else 2, len(saying) - 1)]].at
    change = locate_change((*earlier, *votes), to, source.of)
    return structs.replace(change, proven=proven)


def contested(votes: Sequence[Sample], state: bool | None) -> bool:
    """Whether one of them says another state."""
    return any([each.occupied != state for each in votes])  # a list is made faster than asked one by one


def contrary(votes: Sequence[Sample]) -> tuple[Sample, Sample] | None:
    """Where the last votes contradict the very last one twice in a row: one alone proves nothing. The first of the two,
    and the one from which on all agree again."""
    says = votes[-1].occupied
    if not contested(votes, says):
        return None
    pairs = tuple(pairwise(votes))
    first = next((one for one, other in pairs if one.occupied == other.occupied != says), None)
    again = next((later for earlier, later in reversed(pairs) if earlier.occupied != says), None)
    return None if first is None or again is None else (first, again)


def unseen_s(votes: Sequence[Sample]) -> float:
    """How long before the last vote another one said the same; 0: none did."""
    before = next((each for each in reversed(votes[:-1]) if each.occupied == votes[-1].occupied), None)
    return 0.0 if before is None else votes[-1].at.since(before.at) or 0.0


def pending_samples(heard: SourceState) -> tuple[Sample, ...]:
    """Its votes while some of them are against what counts: a restart would cost them, and it takes long to get others.
    Each that follows is one of them, or what it confirms would seem less than it is."""
    votes = heard.votes
    if not contested(votes, heard.accepted):
        return ()
    slow = (votes[-1].at.since(votes[0].at) or votes[0].gap_s or 0.0) >= SLOW_S
    return (*heard.earlier, *votes) if slow else ()


def settles_s(source: Source, heard: SourceState, now: Moment) -> float | None:
    """Seconds until a pending state counts, if nothing is heard until then; None: only a reading can tell.

    What a source said last holds while it tells changes and nothing of it is on its way; else it must have said it for
    `dwell_s` itself.
    """
    pending, last = heard.pending, heard.last
    if pending is None or last is None or heard.says != pending.occupied or not is_current(source, heard, now):
        return None
    holds = source.tells_changes and not backlog_left_s(heard, now)
    until = now if holds else last
    left_s = source.dwell_s - _held_s(pending, heard.votes, until)
    return left_s if left_s <= 0 or holds else None


def _held_s(pending: Sample, votes: Sequence[Sample], until: Moment) -> float:
    """For how long a new state has been said; where no clock tells, for how long at least by the pauses between."""
    whole_s = until.since(pending.at)
    if whole_s is not None:
        return whole_s
    saying = [each.occupied for each in votes].index(pending.occupied)
    return sum(each.gap_s or 0.0 for each in votes[saying + 1 :])


def settled(source: Source, heard: SourceState, now: Moment) -> SourceState:
    """A pending state that has held for long enough counts."""
    left_s = settles_s(source, heard, now)
    if left_s is None or left_s > 0:
        return heard
    pending = heard.pending
    return structs.replace(heard, accepted=pending and pending.occupied, since=pending, pending=None, earlier=())


def _apply_stay(
    source: Source, heard: SourceState, now: Moment, reading: Reading, before: Moment | None
) -> SourceState:
    """A zone: stays begin and end; its camera sees or does not."""
    if reading.quantity == "reachable" and reading.value is False:
        return structs.replace(heard, blind=True)
    if reading.quantity == "condition":
        return structs.replace(heard, blind=reading.value != "ok")
    stay = reading.value
    if not isinstance(stay, Stay) or reading.device != source.name:
        return heard
    others = tuple(key for key in heard.open if key != stay.key)
    opened = others if stay.left_s is not None else (*others, stay.key)[-_MOST_OPEN:]
    at = now.at(stay.entered_s if stay.left_s is None else stay.left_s)
    changed = structs.replace(heard, open=opened, blind=False)
    gap_s = 0.0 if heard.last else (now.since(before) if before else None)
    return _add_sample(source, changed, Sample(bool(opened), at, gap_s), now)
