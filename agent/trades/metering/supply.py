"""The rule that watches the voltages of one meter: readings -> alarms, each phase by itself (pure).

Names are TALQ's (2.7.1, electrical meter function). Limits are those of EN 50160:2010: 10 % around the nominal voltage,
and an interruption below 5 % of it; an alarm ends 2 % within its limit, the usual hysteresis of IEC 61000-4-30:2015.
A meter is read every few seconds: what is shorter nobody saw, and it must last for `alarm_after_s` to be told.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct, convert, structs

from agent import declared
from agent.alarm import Alarm, Verdict, contradicted_since, next_alarm
from agent.clock import Moment
from agent.events.registry import event
from agent.rule import Step
from agent.trades.metering.event_types import (
    METER_SUPPLY_LOSS,
    METER_SUPPLY_VOLTAGE_TOO_HIGH,
    METER_SUPPLY_VOLTAGE_TOO_LOW,
    MeterFault,
    MeterSupply,
    PhaseName,
)
from drivers.base import Quality, Reading
from drivers.meter import MeterDevice
from drivers.options import Seconds
from drivers.profile import Fault, Profile
from drivers.profile.schema import Register
from drivers.translation import N_, _

HIGH, HIGH_ENDS = 1.10, 1.08
LOW, LOW_ENDS = 0.90, 0.92
LOSS, LOSS_ENDS = 0.05, 0.07
"""Shares of the nominal voltage."""

HELD_READS, HELD_S = 3, 60.0
"""A voltage speaks for the time until the next for so many reads, and at least so long. Nobody saw what happened in
a longer silence, and what is to last begins anew."""


NightTime = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d\Z", description=N_('a local time, "22:00"'))]


class MeterOptions(MeterDevice, frozen=True):
    """[meter.NAME]: the device, and how its voltages are judged.

    Args:
        nominal_voltage_v: between phase and neutral; None: as its profile says, and where that says nothing not judged.
        faults: of this meter, beside those that its profile declares.
        alarm_after_s: what is wrong must last so long to be told, and be right as long to be told as over.
        greatest_power_kw: the most that the connection carries: a counter that gains more was misread or replaced.
        night: local times at which it begins and ends, for the energy by night; the same twice: from then to then.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"alarm_after_s": ("0s", "1h")}

    nominal_voltage_v: Annotated[float, Meta(ge=1, le=1000)] | None = None
    faults: tuple[Fault, ...] = ()
    alarm_after_s: Seconds = Seconds(60.0)
    greatest_power_kw: Annotated[float, Meta(gt=0, le=100_000)] = 250.0
    night: tuple[NightTime, NightTime] = ("12:00", "12:00")


class Phase(Struct, frozen=True):
    """One voltage of a meter.

    Args:
        name: "l1" to "l3"; None: the meter has one.
        held_s: for so long one reading speaks for the time until the next.
    """

    name: PhaseName | None
    nominal_v: float
    held_s: float


class MeterConfig(Struct, frozen=True):
    """A meter as it was configured.

    Args:
        phases: by the quantity of their readings; none where nothing is judged.
        faults: that its profile and the configuration declare.
    """

    name: str
    phases: Mapping[str, Phase]
    alarm_after_s: float = 60.0
    faults: tuple[Fault, ...] = ()


class LastVoltage(Struct, frozen=True):
    """The last voltage of a phase, and when it was read (monotonic seconds)."""

    voltage_v: float
    at_s: float


class SupplyState(Struct, frozen=True, omit_defaults=True):
    """What is known of the voltages of a meter.

    Args:
        alarms: what the city was told, by type of event and quantity.
        contradicted_s: since which reading an alarm is contradicted, by the same; not stored.
        seen: by quantity; not stored.
    """

    alarms: dict[str, Alarm] = {}
    contradicted_s: dict[str, float] = {}
    seen: dict[str, LastVoltage] = {}


def meter_config(name: str, options: MeterOptions, profile: Profile) -> MeterConfig:
    """The meter of that configuration, with the voltages that its profile has."""
    phases = {}
    for quantity, phase in profile.supply_voltages.items():
        register = profile.tables.register[quantity]
        nominal_v = options.nominal_voltage_v or register.nominal
        if nominal_v is not None:
            held = held_s(options, profile, register)
            phases[quantity] = Phase(convert(phase, PhaseName | None), nominal_v, held)
    return MeterConfig(name, phases, options.alarm_after_s, (*profile.tables.fault, *options.faults))


def held_s(options: MeterOptions, profile: Profile, register: Register) -> float:
    """Returns for how long one reading of the register speaks for the time until the next."""
    own_s = profile.tables.poll[register.group].period_s if register.group else 0.0
    return max(HELD_S, HELD_READS * max(options.period_s, own_s))


def persisted(state: SupplyState) -> SupplyState:
    """What of it is worth writing."""
    return SupplyState(alarms=state.alarms)


def step(meter: MeterConfig, state: SupplyState, now: Moment, reading: Reading | None) -> Step[SupplyState]:
    """One reading of any quantity."""
    if reading is None:
        return Step(state)
    if reading.quantity == "reachable" and not reading.value:
        return Step(persisted(state))
    phase, voltage_v, findings = meter.phases.get(reading.quantity), _voltage_v(reading), _declared(meter, reading)
    if phase is not None and voltage_v is not None:
        state = _record(state, phase, reading, voltage_v)
        findings = [*_voltages(phase, reading.quantity, state.seen[reading.quantity]), *findings]
    return _judged(meter, state, findings, now)


def active(state: SupplyState) -> list[str]:
    """The alarms that are on: type and quantity, or the name of what was declared."""
    return sorted(key for key, alarm in state.alarms.items() if alarm.active)


def shown(state: SupplyState, fresh: Collection[str]) -> dict[str, Any]:
    """Describes the voltages for a technician.

    Args:
        fresh: the quantities of which what it told still counts; of any other the voltage is not known.
    """
    voltages = {name: round(seen.voltage_v, 1) if name in fresh else None for name, seen in sorted(state.seen.items())}
    return voltages | {"alarms": active(state)}


def _voltage_v(reading: Reading) -> float | None:
    """What a meter cannot have measured, or its profile doubts, decides nothing."""
    value = reading.value
    if reading.quality is not Quality.GOOD or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def _record(state: SupplyState, phase: Phase, reading: Reading, voltage_v: float) -> SupplyState:
    """The state with that voltage; after a silence of its phase nothing has lasted."""
    before = state.seen.get(reading.quantity)
    seen = state.seen | {reading.quantity: LastVoltage(voltage_v, reading.at_s)}
    if before is None or reading.at_s - before.at_s <= phase.held_s:
        return structs.replace(state, seen=seen)
    mine = f" {reading.quantity}"
    others = {key: since_s for key, since_s in state.contradicted_s.items() if not key.endswith(mine)}
    return structs.replace(state, seen=seen, contradicted_s=others)


def _declared(meter: MeterConfig, reading: Reading) -> list[tuple[str, Verdict | None]]:
    """What a reading says of the faults that are declared, by their keys."""
    value = reading.value
    if reading.quality is not Quality.GOOD or not isinstance(value, bool | int | float) or not math.isfinite(value):
        return []
    faults = (fault for fault in meter.faults if fault.of == reading.quantity)
    seen = declared.Seen(float(value), reading.at_s)
    return [(declared.key_of(fault), declared.verdict(fault, seen, MeterFault)) for fault in faults]


def _voltages(phase: Phase, quantity: str, seen: LastVoltage) -> Iterator[tuple[str, Verdict | None]]:
    """What a voltage says, by the keys of the alarms."""
    return ((f"{kind} {quantity}", verdict) for kind, verdict in _findings(phase, seen))


def _judged(
    meter: MeterConfig, state: SupplyState, findings: Iterable[tuple[str, Verdict | None]], now: Moment
) -> Step[SupplyState]:
    """Every kind of alarm of which a reading says something."""
    alarms, contradicted_s, events = dict(state.alarms), dict(state.contradicted_s), []
    for key, verdict in findings:
        before = alarms.get(key, Alarm())
        since_s = contradicted_since(before, contradicted_s.pop(key, None), verdict)
        alarm = next_alarm(before, since_s, verdict, now, meter.alarm_after_s)
        if alarm is not before and verdict is not None:
            alarms[key] = alarm
            events.append(event(verdict.tells, meter.name, now, type=key.partition(" ")[0]))
        elif since_s is not None:
            contradicted_s[key] = since_s
    return Step(structs.replace(state, alarms=alarms, contradicted_s=contradicted_s), tuple(events))


def _findings(phase: Phase, seen: LastVoltage) -> Iterator[tuple[str, Verdict | None]]:
    """Yields the verdict on each alarm of a phase; None: no change, between the limit and the end of an alarm, and
    on a phase that is gone."""
    share, nominal = seen.voltage_v / phase.nominal_v, f"{phase.nominal_v:g} V"
    above = _("above {percent:g} % of {nominal}").format(percent=100 * HIGH, nominal=nominal)
    below = _("below {percent:g} % of {nominal}").format(percent=100 * LOW, nominal=nominal)
    limits = (
        (METER_SUPPLY_VOLTAGE_TOO_HIGH, share > HIGH, share <= HIGH_ENDS, above),
        (METER_SUPPLY_VOLTAGE_TOO_LOW, LOSS <= share < LOW, share >= LOW_ENDS, below),
        (METER_SUPPLY_LOSS, share < LOSS, share >= LOSS_ENDS, _("no voltage; check breaker, fuses and the supply")),
    )
    for kind, bad, good, words in limits:
        detail = f"{seen.voltage_v:.1f} V: {words}" if bad else ""
        tells = MeterSupply(
            bad, detail, phase=phase.name, voltage_v=round(seen.voltage_v, 2), nominal_v=phase.nominal_v
        )
        yield kind, Verdict(tells, seen.at_s) if bad or good else None
