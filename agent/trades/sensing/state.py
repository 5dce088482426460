"""A station as it was configured, and what is known of it (pure)."""

import math
from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple, TypeVar

from msgspec import UNSET, Struct, UnsetType, structs

from agent.aggregation import lden
from agent.aggregation.counter import Counted
from agent.aggregation.series import Series, SeriesRule
from agent.alarm import Alarm, Verdict, contradicted_since, next_alarm
from agent.clock import Moment
from agent.events import Event
from agent.events.registry import event
from agent.events.sensors import SENSOR_FAULT, SensorFault
from agent.trades.sensing.event_types import (
    SENSING_MAINTENANCE,
    SENSING_THRESHOLD,
    SensingMaintenance,
    SensingThreshold,
)
from agent.trades.sensing.hours import Nature, StationDay
from agent.trades.sensing.options import QuantityOptions, StationOptions

V = TypeVar("V")

BESIDE = 3.0
"""A speed counts for so many times as long as a reading stands; in a longer silence nothing lasts."""

HUMIDITY_S = 900.0
"""A humidity counts for so long at least: it changes slowly, and may be that of a sensor that is seldom asked."""

MOST_DIGITS = 6


class Station(Struct, frozen=True):
    """A station as it was configured.

    Args:
        timezone: of its days and its hours.
        hours: of day, evening and night.
        place: as reports tell it, without quantities; None: no hours are kept.
    """

    name: str
    options: StationOptions
    timezone: str
    hours: lden.Hours = lden.Hours()
    place: StationDay | None = None

    def key(self, quantity: str) -> str:
        """Names its series: sums of one method and unit are none of another."""
        options = self.options.quantity[quantity]
        return f"{quantity} {options.method} {options.told_unit}"

    def rule(self, quantity: str) -> SeriesRule:
        options = self.options.quantity[quantity]
        return SeriesRule(
            options.method,
            options.windows,
            options.stands_s,
            self.timezone,
            options.late_s,
            options.coverage / 100,
            self.hours,
        )

    @property
    def pollutants(self) -> Mapping[str, QuantityOptions]:
        """The quantities of whose hours an index is made."""
        quantities = self.options.quantity.items()
        hourly = {name: each for name, each in quantities if each.method == "mean" and "1h" in each.windows}
        return {name: each for name, each in hourly.items() if each.told_pollutant and each.told_unit == "ug/m3"}

    def nature(self, quantity: str) -> Nature:
        options = self.options.quantity[quantity]
        speed = next((name for name, each in self.options.quantity.items() if _is_speed(each, options)), None)
        return Nature(options.told_unit, options.method, options.told_pollutant, speed)


def _is_speed(one: QuantityOptions, direction: QuantityOptions) -> bool:
    """Whether it is the mean speed by which a direction counts."""
    device = direction.speed_device or direction.device
    return (one.device, one.reads, one.method) == (device, direction.speed, "mean")


class Last(Struct, frozen=True):
    """A reading of a device, monotonic seconds.

    Args:
        since_s: it has been the very same value since then.
    """

    value: float
    at_s: float
    since_s: float


Told = SensingThreshold | SensorFault | SensingMaintenance


class Begun(Struct, frozen=True, omit_defaults=True):
    """What was told as begun, of which one is there: what ends it where the file asks for it no more."""

    subject: str
    threshold: SensingThreshold | UnsetType = UNSET
    fault: SensorFault | UnsetType = UNSET
    maintenance: SensingMaintenance | UnsetType = UNSET

    @property
    def told(self) -> Told | None:
        return self.threshold or self.fault or self.maintenance or None


class StationState(Struct, frozen=True, omit_defaults=True):
    """
    Args:
        series: by `Station.key`; of raw values with "/raw" behind it.
        kept: what of them was written last, at `kept_at_s`, monotonic seconds; stored as `series`.
        counted, kept_counted: the same of counters, whose gain is told.
        alarms: thresholds, faults and maintenance that were told, by their keys.
        begun: of those that last.
        days: hours that are kept for reports, of the days that are not over; stored under keys of their own.
        indexed_s: up to then the air quality index was told, unix seconds.
        due_s: when the next window is due, unix seconds; None: nobody has looked, or none is; not stored.
        contradicted_s: since when each is contradicted; not stored.
        last: readings by device and quantity; not stored.
        up_s: since when each device tells something, monotonic seconds; not stored.
        newest_s: the latest time of all that it heard, monotonic seconds; not stored.
    """

    series: dict[str, Series] = {}
    kept: dict[str, Series] = {}
    kept_at_s: float | None = None
    counted: dict[str, Counted] = {}
    kept_counted: dict[str, Counted] = {}
    alarms: dict[str, Alarm] = {}
    days: dict[date, StationDay] = {}
    indexed_s: float = 0.0
    begun: dict[str, Begun] = {}
    due_s: float | None = None
    contradicted_s: dict[str, float] = {}
    last: dict[str, Last] = {}
    up_s: dict[str, float] = {}
    newest_s: float = -math.inf

    def unix_s(self, now: Moment) -> float:
        """The latest wall time that it knows of, where `now` is that of a record that came late."""
        return now.unix_s + max(0.0, self.newest_s - now.mono_s)


class Beside(NamedTuple):
    """Another quantity, which counts for so long after it was read."""

    device: str
    quantity: str
    held_s: float


class Turn(NamedTuple):
    """One quantity of a station, and the moment of its reading or of its window's end."""

    station: Station
    name: str
    now: Moment

    @property
    def options(self) -> QuantityOptions:
        return self.station.options.quantity[self.name]

    @property
    def key(self) -> str:
        """Names the reading that it is made of."""
        return f"{self.options.device} {self.options.reads}"

    @property
    def speed(self) -> Beside | None:
        """The speed by which a direction counts."""
        options = self.options
        if options.speed is None:
            return None
        return Beside(options.speed_device or options.device, options.speed, BESIDE * options.stands_s)

    @property
    def humidity(self) -> Beside | None:
        """The humidity in which it was measured."""
        options, held_s = self.options, max(BESIDE * self.options.stands_s, HUMIDITY_S)
        if options.humidity is None:
            return None
        return Beside(options.humidity_device or options.device, options.humidity, held_s)

    def beside(self, state: StationState, of: Beside | None) -> float | None:
        """The last value of another quantity, while it counts."""
        last = None if of is None else state.last.get(f"{of.device} {of.quantity}")
        if of is None or last is None or abs(self.now.mono_s - last.at_s) > of.held_s:
            return None
        return last.value

    def rounded(self, value: float) -> float:
        """The value in steps of the resolution, as far as one is declared."""
        step = self.options.resolution
        steps = round(value, MOST_DIGITS) if step is None else round(round(value / step) * step, 9)
        return steps + 0.0  # no value is -0


class Finding(NamedTuple):
    """What a value says of an alarm.

    Args:
        key: under which the alarm is kept.
        subject: what its event is about.
        tells: what the city is told if it lasts.
        after_s: it must last so long.
        at_s: when the value was, by a clock of its own alarm; None: now.
    """

    key: str
    subject: str
    tells: Told
    after_s: float = 0.0
    at_s: float | None = None

    @property
    def begun(self) -> Begun:
        match self.tells:
            case SensingThreshold():
                return Begun(self.subject, threshold=self.tells)
            case SensorFault():
                return Begun(self.subject, fault=self.tells)
        return Begun(self.subject, maintenance=self.tells)


def threshold_key(threshold: str, quantity: str) -> str:
    return f"{SENSING_THRESHOLD} {threshold} {quantity}"


def fault_key(kind: str, quantity: str) -> str:
    return f"{SENSOR_FAULT} {kind} {quantity}"


def maintenance_key(what: str, of: str) -> str:
    """
    Args:
        what: is due.
        of: a quantity, or a device.
    """
    return f"{SENSING_MAINTENANCE} {what} {of}"


def without(found: Mapping[str, V], key: str) -> dict[str, V]:
    return {each: value for each, value in found.items() if each != key}


def not_lasting(state: StationState, keys: Collection[str]) -> StationState:
    """The state in which what must last for those alarms begins anew: nobody saw what was between."""
    if not state.contradicted_s.keys() & keys:
        return state
    kept = {key: since_s for key, since_s in state.contradicted_s.items() if key not in keys}
    return structs.replace(state, contradicted_s=kept)


def alarmed(state: StationState, now: Moment, finding: Finding) -> tuple[StationState, list[Event]]:
    """The state with what a value says of one alarm; what the city is told of it."""
    key, verdict = finding.key, Verdict(finding.tells, now.mono_s if finding.at_s is None else finding.at_s)
    before = state.alarms.get(key, Alarm())
    since_s = contradicted_since(before, state.contradicted_s.get(key), verdict)
    alarm = next_alarm(before, since_s, verdict, now, finding.after_s)
    others = without(state.contradicted_s, key)
    if alarm is not before:
        begun = without(state.begun, key) | ({key: finding.begun} if alarm.active else {})
        state = structs.replace(state, alarms=state.alarms | {key: alarm}, begun=begun, contradicted_s=others)
        return state, [event(verdict.tells, finding.subject, now)]
    contradicted = others if since_s is None else others | {key: since_s}
    return structs.replace(state, contradicted_s=contradicted), []


def persisted(state: StationState) -> StationState:
    """What of it is worth writing."""
    return StationState(
        series=state.kept,
        counted=state.kept_counted,
        alarms=state.alarms,
        begun=state.begun,
        indexed_s=state.indexed_s,
    )


def settled(state: StationState) -> StationState:
    """The state before an orderly end."""
    return structs.replace(state, kept=state.series, kept_counted=state.counted)
