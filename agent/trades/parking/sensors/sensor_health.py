"""The health of one parking sensor: battery, tilt, faults, a value that never changes or never rests (pure).

Each condition is told when it begins and when it ends. What has begun is stored, so that a restart repeats nothing;
how long a value has lasted is stored once it has lasted for `SETTLED_S`, and again only when it changes.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field, structs

from agent.clock import Moment
from agent.events.alarms import AlarmData
from agent.events.registry import event
from agent.events.sensors import SENSOR_FAULT, SensorFault
from agent.rule import Step
from agent.trades.parking.sensor_event_types import (
    SENSOR_BATTERY_LOW,
    SENSOR_FLAPPING,
    SENSOR_STUCK,
    SENSOR_TILTED,
    SensorAlarm,
    SensorBatteryLow,
    SensorFlapping,
)
from drivers.base import Quality, Reading, Reporting
from drivers.options import Options, Seconds
from drivers.translation import _

OBSTRUCTED = "sensor.obstructed"
"""The condition of an ultrasonic sensor that something is in the way of: told as a fault."""

AGREEING = {SENSOR_BATTERY_LOW: (1, 3), SENSOR_TILTED: (2, 2), SENSOR_FAULT: (1, 1), OBSTRUCTED: (10, 3)}
"""Reports in a row that begin a condition, and that end it: a battery that is low on a cold night stays low."""

QUANTITIES = frozenset({"battery_low", "battery_percent", "tilted", "sensor_fault", "distance_mm", "occupied"})
"""The quantities by which a sensor is judged."""

RECOVERED_PERCENT = 10.0
"""A battery was changed when it has so much more than the threshold."""

MOVED_MM = 500
"""A distance that has moved by so much shows that something came or went."""

SETTLED_S = 3600.0
HOUR_S, DAY_S = 3600.0, 86400.0


class SensorHealthOptions(Options, frozen=True):
    """[sensor_health]

    Args:
        battery_low_percent: below it a battery is low.
        stuck_after_s: no vehicle has come or gone for so long.
        still_after_s: a distance has been exactly the same for so long.
        flapping_changes: more changes than that within an hour.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "stuck_after_s": ("1h", "365d"),
        "still_after_s": ("10min", "365d"),
    }

    battery_low_percent: Annotated[float, Meta(ge=1, le=90, description="1 to 90 %")] = 15.0
    stuck_after_s: Seconds = Seconds(30 * 86400.0)
    still_after_s: Seconds = Seconds(7 * 86400.0)
    flapping_changes: Annotated[int, Meta(ge=4, le=1000)] = 60


class Sensor(Struct, frozen=True):
    """What is watched, and by which rule.

    Args:
        reporting: how it tells of its bay; None: it tells of none.
        nearest_mm: no roof of a vehicle is nearer to it; 0: it does not measure how far one is.
    """

    name: str
    options: SensorHealthOptions
    reporting: Reporting | None
    nearest_mm: int = 0


class Unchanged(Struct, frozen=True):
    """A value and since when it lasts.

    Args:
        settled: it has lasted long enough to be stored.
    """

    value: float
    since: Moment
    settled: bool = False


class SensorState(Struct, frozen=True):
    """
    Args:
        active: the conditions that have begun.
        coarse_value: what the sensor says of its bay: 0 or 1, or the distance from which it has not moved.
        exact_value: the distance that is exactly the same.
        streaks: reports in a row that speak against what `active` says; not stored.
        changes: of the last hour, monotonic seconds; not stored.
        listening_s: since when this process listens; not stored.
    """

    active: frozenset[str] = frozenset()
    coarse_value: Unchanged | None = field(default=None, name="bay")
    exact_value: Unchanged | None = field(default=None, name="still")
    streaks: dict[str, int] = field(default_factory=dict, name="runs")
    changes: tuple[float, ...] = ()
    listening_s: float | None = None


class SensorFinding(Struct, frozen=True):
    """Whether a condition holds now, and what to tell of it.

    Args:
        condition: type of its event, or OBSTRUCTED.
    """

    condition: str
    tells: AlarmData

    @property
    def active(self) -> bool:
        return self.tells.active

    @property
    def event_type(self) -> str:
        return SENSOR_FAULT if self.condition == OBSTRUCTED else self.condition


def initial() -> SensorState:
    return SensorState()


def persisted(state: SensorState) -> SensorState:
    """What of it is worth writing."""
    return SensorState(
        active=state.active,
        coarse_value=state.coarse_value if state.coarse_value and state.coarse_value.settled else None,
        exact_value=state.exact_value if state.exact_value and state.exact_value.settled else None,
    )


def step(sensor: Sensor, state: SensorState, now: Moment, reading: Reading | None) -> Step[SensorState]:
    """One reading of the sensor, or none when only time has passed. Only values that are good are judged."""
    if state.listening_s is None:
        state = structs.replace(state, listening_s=now.mono_s)
    findings: list[SensorFinding] = []
    if reading is not None and reading.quality is Quality.GOOD:
        state, findings = _counted(state, _self_report(sensor.options, reading) or _obstruction(sensor, reading))
        state = _watched(sensor.reporting, state, now, reading)
        findings += _stuck(sensor.options, state, now)
    state = _within_an_hour(sensor.options, state, now)
    findings += _flapping(sensor.options, state, now)
    changed = [each for each in findings if each.active != (each.condition in state.active)]
    if changed:
        state = structs.replace(state, active=state.active ^ {each.condition for each in changed})
    wake_at_s = _calm_s(sensor.options, state) if SENSOR_FLAPPING in state.active else None
    events = tuple(event(each.tells, sensor.name, now, type=each.event_type) for each in changed)
    return Step(state, events, wake_at_s)


def _self_report(options: SensorHealthOptions, reading: Reading) -> SensorFinding | None:
    """What the sensor says of itself; None: nothing, or a battery between low and recovered."""
    value = reading.value
    match reading.quantity:
        case "battery_low":
            return SensorFinding(SENSOR_BATTERY_LOW, SensorBatteryLow(value is True, ""))
        case "battery_percent" if isinstance(value, int | float) and not isinstance(value, bool):
            low = value < options.battery_low_percent
            if not low and value < min(100.0, options.battery_low_percent + RECOVERED_PERCENT):
                return None
            return SensorFinding(SENSOR_BATTERY_LOW, SensorBatteryLow(low, "", battery_percent=value))
        case "tilted":
            return SensorFinding(SENSOR_TILTED, SensorAlarm(value is True, ""))
        case "sensor_fault":
            return SensorFinding(SENSOR_FAULT, SensorFault(value != "", str(value), kind="reported"))
    return None


def _obstruction(sensor: Sensor, reading: Reading) -> SensorFinding | None:
    """Whether something is nearer than a vehicle can be; None: it is not asked how far anything is."""
    value = reading.value
    if not sensor.nearest_mm or reading.quantity != "distance_mm" or not isinstance(value, int | float):
        return None
    near = value < sensor.nearest_mm
    words = _("{distance:g} mm, nearer than any vehicle ({nearest} mm): snow, a leaf or a nest is in its way")
    detail = words.format(distance=value, nearest=sensor.nearest_mm) if near else ""
    return SensorFinding(OBSTRUCTED, SensorFault(near, detail, kind="obstructed"))


def _counted(state: SensorState, finding: SensorFinding | None) -> tuple[SensorState, list[SensorFinding]]:
    """The finding counts once enough reports in a row agree."""
    if finding is None:
        return state, []
    condition, contrary = finding.condition, finding.active != (finding.condition in state.active)
    run = state.streaks.get(condition, 0) + 1 if contrary else 0
    enough = contrary and run >= AGREEING[condition][0 if finding.active else 1]
    state = structs.replace(state, streaks=state.streaks | {condition: 0 if enough else run})
    return state, [finding] if enough else []


def _watched(reporting: Reporting | None, state: SensorState, now: Moment, reading: Reading) -> SensorState:
    """Returns the state with the time since when the sensor has said the same of its bay."""
    if reporting is None:
        return state
    by_distance = reporting.decides == "distance"
    value = reading.value
    if reading.quantity != ("distance_mm" if by_distance else "occupied") or not isinstance(value, bool | int | float):
        return state
    bay, least = state.coarse_value, MOVED_MM if by_distance else 1
    if bay is not None and abs(value - bay.value) >= least:
        state = structs.replace(state, coarse_value=Unchanged(float(value), now), changes=(*state.changes, now.mono_s))
    elif (settled := _settled(bay or Unchanged(float(value), now), now)) is not bay:
        state = structs.replace(state, coarse_value=settled)
    if not by_distance:
        return state
    exact = state.exact_value
    exact = _settled(exact, now) if exact and exact.value == value else Unchanged(float(value), now)
    return state if exact is state.exact_value else structs.replace(state, exact_value=exact)


def _settled(lasting: Unchanged, now: Moment) -> Unchanged:
    """Returns `lasting` as it is now: its beginning is corrected once the clock is set, and it may have settled."""
    since = lasting.since.corrected(now)
    lasted_s = now.elapsed_since(since)
    settled = lasting.settled or (lasted_s is not None and lasted_s >= SETTLED_S)
    if since is lasting.since and settled == lasting.settled:
        return lasting
    return structs.replace(lasting, since=since, settled=settled)


def _stuck(options: SensorHealthOptions, state: SensorState, now: Moment) -> list[SensorFinding]:
    """What no clock can tell is not judged."""
    unchanged_s = now.elapsed_since(state.coarse_value.since) if state.coarse_value else None
    still_s = now.elapsed_since(state.exact_value.since) if state.exact_value else None
    if unchanged_s is not None and unchanged_s >= options.stuck_after_s:
        detail = _("nothing has come or gone for {days:.1f} days").format(days=unchanged_s / DAY_S)
        return [SensorFinding(SENSOR_STUCK, SensorAlarm(True, detail))]
    if state.exact_value and still_s is not None and still_s >= options.still_after_s:
        detail = _("exactly {distance:g} mm for {days:.1f} days")
        detail = detail.format(distance=state.exact_value.value, days=still_s / DAY_S)
        return [SensorFinding(SENSOR_STUCK, SensorAlarm(True, detail))]
    moves = unchanged_s is not None and SENSOR_STUCK in state.active
    return [SensorFinding(SENSOR_STUCK, SensorAlarm(False, ""))] if moves else []


def _within_an_hour(options: SensorHealthOptions, state: SensorState, now: Moment) -> SensorState:
    """Old changes are forgotten, and so are those beyond what is too many anyway."""
    most, since_s = options.flapping_changes + 1, now.mono_s - HOUR_S
    if not state.changes or (len(state.changes) <= most and min(state.changes) > since_s):
        return state
    return structs.replace(state, changes=tuple([at_s for at_s in state.changes if at_s > since_s][-most:]))


def _flapping(options: SensorHealthOptions, state: SensorState, now: Moment) -> list[SensorFinding]:
    """Begun by more changes in an hour than allowed; ended by half of them in an hour that was listened to."""
    count, active = len(state.changes), SENSOR_FLAPPING in state.active
    begins = not active and count > options.flapping_changes
    ends = active and count <= options.flapping_changes and now.mono_s >= _calm_s(options, state)
    if not begins and not ends:
        return []
    detail = _("{count} changes within an hour").format(count=count)
    tells = SensorFlapping(begins, detail, changes=count)
    return [SensorFinding(SENSOR_FLAPPING, tells)]


def _calm_s(options: SensorHealthOptions, state: SensorState) -> float:
    """Returns the earliest time at which a flapping sensor has been calm for long enough, monotonic seconds."""
    too_many = state.changes[: -(options.flapping_changes // 2)]
    return max([state.listening_s or 0.0, *too_many[-1:]]) + HOUR_S
