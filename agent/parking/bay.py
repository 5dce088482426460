"""The rule of one bay: readings -> occupied or free -> stays -> events (pure)."""

from typing import Literal

from msgspec import Struct, structs

from agent.clock import Moment
from agent.events import Event
from agent.parking.news import freed, known, occupied, overstay, unknown
from agent.parking.options import BayOptions
from agent.parking.stay import BayStay, Stage, begun, counted, length, presumed
from agent.parking.stay import corrected as corrected_stay
from agent.rule import Step
from drivers.base import Quality, Reading

CHECKPOINT_S = 600.0
"""How often a state that does not change is confirmed in the store: after a power cut a stay is certain up to then."""

_NEAREST_MM, _FARTHEST_MM = 30, 10_000
"""What any ultrasonic sensor on a pole can measure; anything else is an error code."""


class Watch(Struct, frozen=True):
    """What a running agent knows from the last readings; a restart begins anew.

    Args:
        heard: the last reading that told something; before the first one: since when the agent listens.
        speaking: whether `heard` is a reading.
        occupied: what the readings say, since `since`; None: nothing yet.
        gap_s: between `since` and the reading before it.
    """

    heard: Moment | None = None
    speaking: bool = False
    occupied: bool | None = None
    since: Moment | None = None
    gap_s: float | None = None


class BayState(Struct, frozen=True):
    """What is known of a bay.

    Args:
        occupied: the state that counts; None: never known.
        confirmed: when a reading last agreed with it, to within CHECKPOINT_S.
        stay: of the vehicle that stands there.
        silent: the sensor has told nothing for its silence_s; what counted before goes on.
        watch: not stored.
    """

    occupied: bool | None = None
    confirmed: Moment | None = None
    stay: BayStay | None = None
    silent: bool = False
    watch: Watch = Watch()


def initial() -> BayState:
    return BayState()


def stored(state: BayState) -> BayState:
    """What of it is worth writing: the rest changes with every reading."""
    return structs.replace(state, watch=Watch())


def corrected(state: BayState, now: Moment) -> BayState:
    """Moments that were written before the clock was set, by the clock that is set now (same boot only)."""
    if not now.trusted:
        return state
    confirmed = state.confirmed and state.confirmed.corrected(now)
    watch = state.watch
    watch = structs.replace(
        watch, heard=watch.heard and watch.heard.corrected(now), since=watch.since and watch.since.corrected(now)
    )
    return structs.replace(state, confirmed=confirmed, stay=corrected_stay(state.stay, now), watch=watch)


def step(name: str, options: BayOptions, state: BayState, now: Moment, reading: Reading | None) -> Step[BayState]:
    """One reading, or none when only time has passed.

    A stay begins and ends with readings that hold for dwell_s, back-dated to the first of them. Suspect values and
    values that no sensor measures decide nothing. Silence and restarts change no stay; they leave a doubt on it.
    """
    state = _listening(corrected(state, now), now)
    events: list[Event] = []
    seen = _seen(options, reading)
    if seen is not None:
        state = _watched(options, state, now, seen)
        state = _decided(name, options, state, now, events)
    state = _silence(name, options, state, now, events)
    state = _overstayed(name, options, state, now, events)
    return Step(state, tuple(events), _due_s(options, state, now))


def _listening(state: BayState, now: Moment) -> BayState:
    """The first look after a start: nothing has been heard yet, whatever was stored says."""
    heard = state.watch.heard
    if heard is not None and heard.boot == now.boot:
        return state
    return structs.replace(state, watch=Watch(heard=now))


def _seen(options: BayOptions, reading: Reading | None) -> Literal["occupied", "free", "between"] | None:
    """What one reading says of the bay; None: nothing."""
    if reading is None or reading.quality is not Quality.GOOD:
        return None
    value = reading.value
    if reading.quantity == "occupied" and isinstance(value, bool):
        return "occupied" if value else "free"
    if reading.quantity != "distance_mm" or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not _NEAREST_MM <= value <= _FARTHEST_MM:
        return None
    if value < options.occupied_below_mm:
        return "occupied"
    return "free" if value > options.free_above_mm else "between"


def _watched(options: BayOptions, state: BayState, now: Moment, seen: str) -> BayState:
    """Hysteresis: a value between the thresholds says what the ones before it said."""
    watch = state.watch
    heard_s = now.since(watch.heard) if watch.heard else None
    missed = not watch.speaking or heard_s is None or heard_s >= options.silence_s
    before = state.occupied if watch.occupied is None or missed else watch.occupied
    says = before if seen == "between" else seen == "occupied"
    if missed or says != watch.occupied:
        before_it = watch.heard if watch.speaking else state.confirmed
        watch = Watch(occupied=says, since=now, gap_s=now.since(before_it) if before_it else None)
    stay = presumed(state.stay) if missed else state.stay
    return structs.replace(state, stay=stay, watch=structs.replace(watch, heard=now, speaking=True))


def _decided(name: str, options: BayOptions, state: BayState, now: Moment, events: list[Event]) -> BayState:
    """What the readings say counts when they have said it for long enough."""
    watch = state.watch
    if watch.occupied is None or watch.since is None:
        return state
    if watch.occupied == state.occupied:
        return _confirmed(name, state, now, events)
    if (now.since(watch.since) or 0.0) < options.dwell_s:
        return state
    changed = _entered if watch.occupied else _left
    stay, event = changed(name, options, state, watch.since)
    events.append(event)
    state = structs.replace(state, occupied=watch.occupied, confirmed=now, silent=False)
    return structs.replace(state, stay=stay and counted(stay, now))


def _confirmed(name: str, state: BayState, now: Moment, events: list[Event]) -> BayState:
    if state.silent:
        events.append(known(name, state.occupied is True, state.stay, now))
    since_s = state.confirmed and now.since(state.confirmed)
    restarted = state.confirmed is None or state.confirmed.boot != now.boot
    if not state.silent and not restarted and (since_s or 0.0) < CHECKPOINT_S:
        return state
    stay = state.stay and counted(state.stay, now)
    return structs.replace(state, silent=False, confirmed=now, stay=stay)


def _entered(name: str, options: BayOptions, state: BayState, since: Moment) -> tuple[BayStay | None, Event]:
    stay = begun(name, since, state.watch.gap_s)
    return stay, occupied(name, options, stay)


def _left(name: str, options: BayOptions, state: BayState, since: Moment) -> tuple[BayStay | None, Event]:
    if state.stay is None:
        return None, known(name, False, None, since)
    return None, freed(name, options, state.stay, since, state.watch.gap_s)


def _silence(name: str, options: BayOptions, state: BayState, now: Moment, events: list[Event]) -> BayState:
    heard = state.watch.heard
    if state.silent or heard is None or (now.since(heard) or 0.0) < options.silence_s:
        return state
    events.append(unknown(name, state.occupied, presumed(state.stay), heard, now))
    return structs.replace(state, silent=True, stay=presumed(state.stay))


def _overstayed(name: str, options: BayOptions, state: BayState, now: Moment, events: list[Event]) -> BayState:
    """Only a vehicle that is seen now is accused: not in silence, not before the first reading after a restart."""
    stay = state.stay
    while stay is not None and (threshold_s := _next_threshold_s(options, state, stay)) is not None:
        lasted = length(stay, now)
        if lasted.seconds < threshold_s:
            break
        stage: Stage = "grace" if stay.stage else "limit"
        stay = structs.replace(stay, stage=stage)
        events.append(overstay(name, options, stay, lasted, now))
    return structs.replace(state, stay=stay)


def _next_threshold_s(options: BayOptions, state: BayState, stay: BayStay) -> float | None:
    """Length of stay at which the next overstay is told; None while none can be."""
    if options.limit_s is None or state.silent or not state.watch.occupied:
        return None
    if not stay.stage:
        return options.limit_s
    return options.limit_s + options.grace_s if stay.stage == "limit" and options.grace_s > 0 else None


def _due_s(options: BayOptions, state: BayState, now: Moment) -> float | None:
    due: list[float] = []
    if not state.silent and state.watch.heard is not None:
        due.append(state.watch.heard.mono_s + options.silence_s)
    if state.stay is not None and (threshold_s := _next_threshold_s(options, state, state.stay)) is not None:
        due.append(now.mono_s + threshold_s - length(state.stay, now).seconds)
    return min(due, default=None)
