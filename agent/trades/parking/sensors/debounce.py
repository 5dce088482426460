"""Debounces the readings of one source: votes and dwell time -> occupied or free (pure)."""

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import structs

from agent.clock import Moment
from agent.trades.parking.sensors.baseline import adapt, deviation, initial
from agent.trades.parking.sensors.change_point import locate_change
from agent.trades.parking.sensors.source import (
    CATCH_UP_S,
    SLOW_S,
    Announced,
    Sample,
    Source,
    SourceState,
    backlog_left_s,
    is_current,
)
from drivers.base import Field, Quality, Reading, Stay

Said = bool | Literal["between"]

_NEAREST_MM, _FARTHEST_MM = 30, 15_000
"""What any ultrasonic sensor on a pole can measure; anything else is an error code."""

_MOST_OPEN = 16

_CLEAR: dict[str, Any] = {"lost": False, "unclear_since": None, "announced": None}
"""What is no longer so of a source once it has said something clear."""

_ANNOUNCES = {
    "state_changed": "changed",
    "previous_state_duration_s": "lasted_s",
    "previous_state_duration_error_s": "error_s",
}
"""The quantities in which a sensor tells of the state before, and what they are in Announced."""


def debounce(
    source: Source, source_state: SourceState, now: Moment, reading: Reading, before: Moment | None
) -> SourceState:
    """Returns the state of a source after one more reading.

    Args:
        before: when the state of the bay was last known, for a source that has not spoken yet.
    """
    if source.decides == "stay":
        return _apply_stay(source, source_state, now, reading, before)
    if reading.quantity == "reachable":
        return _apply_reachable(source, source_state, now, reading)
    if (key := _ANNOUNCES.get(reading.quantity)) is not None:
        said = structs.replace(source_state.announced or Announced(), **{key: reading.value})
        return structs.replace(source_state, announced=said)
    if source.decides == "field":
        source_state = _adapt_baseline(source, source_state, now, reading)
    says = _says(source, source_state, reading)
    if says is None:
        return source_state
    source_state = structs.replace(source_state, backlog_until=_backlog_until(now, reading))
    missed = source_state.last is not None and not is_current(source, source_state, now)
    if says == "between":
        return structs.replace(source_state, last=now, unclear_since=source_state.unclear_since or now)
    before = _clear_before(source_state) or before
    gap_s = now.elapsed_since(before) if before else None
    if missed and outlasts_votes(source, source_state.samples, gap_s):
        source_state = structs.replace(source_state, samples=(), earlier=(), pending=None)
    unbroken = source.tells_changes and source_state.last is not None and not (missed or source_state.lost)
    sample = Sample(says, now, gap_s, unbroken=unbroken, announced=source_state.announced)
    return _add_sample(source, source_state, _measured(source_state, reading, sample), now)


def _measured(source_state: SourceState, reading: Reading, sample: Sample) -> Sample:
    """The sample with what its sensor has measured, for whoever asks later why it counted."""
    if isinstance(reading.value, Field):
        far = None if source_state.empty is None else round(deviation(source_state.empty, reading.value), 1)
        return structs.replace(sample, deviation=far)
    if reading.quantity == "distance_mm" and isinstance(reading.value, int | float):
        return structs.replace(sample, distance_mm=float(reading.value))
    return sample


def _clear_before(source_state: SourceState) -> Moment | None:
    """Returns when it last said something that is clear; None: not known."""
    at = source_state.samples[-1].at if source_state.samples else None
    return at or source_state.unclear_since if source_state.unclear_since else source_state.last or at


def _backlog_until(now: Moment, reading: Reading) -> Moment | None:
    """Returns until when a source that reports with that delay may have more to report; None: it reports without
    delay."""
    return now.shifted_to(now.mono_s + reading.delay_s + CATCH_UP_S) if reading.delay_s else None


def _apply_reachable(source: Source, source_state: SourceState, now: Moment, reading: Reading) -> SourceState:
    """Notes whether a sensor can be reached. While its line or its network is cut nobody hears what a sensor tells,
    so its last state may be over. A sensor that measures is silent instead. Its network may also tell that more
    readings are on their way."""
    if reading.delay_s:
        source_state = structs.replace(source_state, backlog_until=_backlog_until(now, reading))
    return structs.replace(source_state, unreachable=reading.value is False) if source.tells_changes else source_state


def outlasts_votes(source: Source, samples: Sequence[Sample], gap_s: float | None) -> bool:
    """Whether a silence was longer than the votes reach anyway, one reading apart as they were."""
    apart_s = samples[-1].gap_s if samples else None
    return gap_s is None or apart_s is None or gap_s > source.of * apart_s


def _says(source: Source, source_state: SourceState, reading: Reading) -> Said | None:
    """What one reading says of the bay; None: nothing."""
    value = reading.value
    if reading.quality is not Quality.GOOD:
        return None
    if source.decides == "occupied":
        return value if reading.quantity == "occupied" and isinstance(value, bool) else None
    return _by_field(source, source_state, reading) if source.decides == "field" else _by_distance(source, reading)


def _by_distance(source: Source, reading: Reading) -> Said | None:
    value = reading.value
    if reading.quantity != "distance_mm" or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not max(_NEAREST_MM, source.nearest_mm) <= value <= _FARTHEST_MM:
        return None
    if value < source.occupied_below_mm:
        return True
    return False if value > source.free_above_mm else "between"


def _by_field(source: Source, source_state: SourceState, reading: Reading) -> Said | None:
    if not isinstance(reading.value, Field) or source_state.empty is None:
        return None
    strayed = deviation(source_state.empty, reading.value)
    if strayed >= source.field_change:
        return True
    return False if strayed < source.field_change / 2 else "between"


def _adapt_baseline(source: Source, source_state: SourceState, now: Moment, reading: Reading) -> SourceState:
    """The field of the empty bay follows what a free bay reads: it drifts with the temperature of the sensor. It begins
    anew when the bay was measured again, with another sensor."""
    if not isinstance(reading.value, Field) or reading.quality is not Quality.GOOD or source.empty_field is None:
        return source_state
    kept = source_state.empty if source_state.empty and source_state.empty.measured == source.empty_field else None
    empty = kept or initial(source.empty_field)
    near = deviation(empty, reading.value) < source.field_change / 2
    if source_state.accepted is not True and near:
        passed_s = (now.elapsed_since(source_state.last) if source_state.last else None) or 0.0
        empty = adapt(empty, reading.value, passed_s)
    return structs.replace(source_state, empty=empty)


def _add_sample(source: Source, source_state: SourceState, sample: Sample, now: Moment) -> SourceState:
    samples, earlier = (*source_state.samples, sample), source_state.earlier
    if len(samples) > source.of:
        earlier = (*earlier, samples[0])[-source.dates :] if source.dates and source_state.accepted is not None else ()
        samples = samples[1:]
    to = sample.occupied if source_state.accepted is None else not source_state.accepted
    pending = None
    if [each.occupied for each in samples].count(to) >= source.needed:
        kept = (
            source_state.pending if source_state.pending is not None and source_state.pending.occupied == to else None
        )
        pending = kept or _locate_turn(source, earlier, samples, to)
    return structs.replace(source_state, last=now, samples=samples, earlier=earlier, pending=pending, **_CLEAR)


def _locate_turn(source: Source, earlier: tuple[Sample, ...], samples: tuple[Sample, ...], to: bool) -> Sample:
    """Returns where the state changed, with the vote that proves it."""
    saying = [at for at, sample in enumerate(samples) if sample.occupied == to]
    unbroken = all(each.occupied == to for each in samples[saying[0] :])
    proven = samples[saying[min(1 if unbroken else 2, len(saying) - 1)]].at
    change = locate_change((*earlier, *samples), to, source.of)
    return structs.replace(change, gap_s=_unsure_s(source, change, samples[saying[0]]), proven=proven)


def _unsure_s(source: Source, change: Sample, first: Sample) -> float | None:
    """How much earlier than it is dated a state may have changed; None: nobody knows.

    A source that tells changes tells them within `late_s`, however long ago it spoke before: unless that was lost.

    Args:
        first: the first vote that says the new state.
    """
    if not source.late_s:
        return change.gap_s
    if first.unbroken:
        return source.late_s + max(0.0, change.at.elapsed_since(first.at) or 0.0)
    return None if change.gap_s is None else max(change.gap_s, source.late_s)


def contested(samples: Sequence[Sample], state: bool | None) -> bool:
    """Whether one of them says another state."""
    return any([each.occupied != state for each in samples])  # a list is made faster than asked one by one


def contrary(samples: Sequence[Sample], least: int = 2) -> tuple[Sample, Sample] | None:
    """Returns where the last votes contradict the very last one: the first of these, and the one from which on all
    agree again. One that agrees between two of them proves nothing.

    Args:
        least: so many must contradict it, or there is nothing: one alone may be wrong.
    """
    says = samples[-1].occupied
    if not contested(samples, says):
        return None
    against = [at for at, each in enumerate(samples) if each.occupied != says]
    return None if len(against) < least else (samples[against[0]], samples[against[-1] + 1])


def pending_samples(source_state: SourceState) -> tuple[Sample, ...]:
    """Returns the votes of a source while some of them are against what counts: a restart would cost them, and it
    takes long to get others. Each that follows is one of them, or what it confirms would seem less than it is."""
    samples = source_state.samples
    if not contested(samples, source_state.accepted):
        return ()
    slow = (samples[-1].at.elapsed_since(samples[0].at) or samples[0].gap_s or 0.0) >= SLOW_S
    return (*source_state.earlier, *samples) if slow else ()


def settles_s(source: Source, source_state: SourceState, now: Moment) -> float | None:
    """Seconds until a pending state counts, if nothing is heard until then; None: only a reading can tell.

    What a source said last holds while it tells changes and nothing of it is on its way; else it must have said it for
    `dwell_s` itself.
    """
    pending, last = source_state.pending, source_state.last
    if (
        pending is None
        or last is None
        or source_state.says != pending.occupied
        or not is_current(source, source_state, now)
    ):
        return None
    holds = source.tells_changes and not backlog_left_s(source_state, now)
    until = now if holds else last
    left_s = source.dwell_s - _held_s(pending, source_state.samples, until)
    return left_s if left_s <= 0 or holds else None


def _held_s(pending: Sample, samples: Sequence[Sample], until: Moment) -> float:
    """Returns for how long a new state has been said, s; where no clock tells, for how long at least by the pauses
    between."""
    whole_s = until.elapsed_since(pending.at)
    if whole_s is not None:
        return whole_s
    saying = [each.occupied for each in samples].index(pending.occupied)
    return sum(each.gap_s or 0.0 for each in samples[saying + 1 :])


def settled(source: Source, source_state: SourceState, now: Moment) -> SourceState:
    """A pending state that has held for long enough counts."""
    left_s = settles_s(source, source_state, now)
    if left_s is None or left_s > 0:
        return source_state
    pending = source_state.pending
    return structs.replace(source_state, accepted=pending and pending.occupied, since=pending, pending=None, earlier=())


def _apply_stay(
    source: Source, source_state: SourceState, now: Moment, reading: Reading, before: Moment | None
) -> SourceState:
    """A zone: stays begin and end; its camera sees or does not."""
    if reading.quantity == "reachable" and reading.value is False:
        return structs.replace(source_state, unreachable=True)
    if reading.quantity == "condition":
        return structs.replace(source_state, unreachable=reading.value != "ok")
    if reading.quantity == "still_standing":
        return _still_standing(source, source_state, now, reading)
    stay = reading.value
    if not isinstance(stay, Stay) or reading.device != source.name:
        return source_state
    others = tuple(key for key in source_state.open if key != stay.key)
    opened = others if stay.left_s is not None else (*others, stay.key)[-_MOST_OPEN:]
    at = now.shifted_to(stay.entered_s if stay.left_s is None else stay.left_s)
    changed = structs.replace(source_state, open=opened, unreachable=False)
    gap_s = 0.0 if source_state.last else (now.elapsed_since(before) if before else None)
    return _add_sample(source, changed, Sample(bool(opened), at, gap_s), now)


def _still_standing(source: Source, source_state: SourceState, now: Moment, reading: Reading) -> SourceState:
    """The vehicle that stands there for longest was seen again in its place."""
    if source_state.last is None or source_state.open[:1] != (reading.value,):
        return source_state
    return _add_sample(source, source_state, Sample(True, now, 0.0), now)
