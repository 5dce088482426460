"""The rule that tells what the energy counters of one meter gained, by hour, night, day and month (pure).

Each counter stands for itself: a meter may count what was taken, what was given back, and both. The time in which
nobody read it is told as what it is: its energy belongs to the periods that have all of it, and is told alone where
it reaches over the end of one.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct, structs

from agent.aggregation import counter, periods
from agent.aggregation.counter import Counted, CounterRule, Gain
from agent.aggregation.periods import Borders, Period, Stretch, Sum
from agent.calendars import minutes_of
from agent.clock import Moment, rfc3339
from agent.events import Event
from agent.events.registry import event
from agent.rule import Step
from agent.trades.metering import supply
from agent.trades.metering.event_types import MeterEnergy
from agent.trades.metering.supply import MeterOptions
from drivers.base import Quality, Reading
from drivers.profile import Profile

KEEP_S = 900.0
"""What is known is written this often. After a restart the counter itself tells what it gained since."""

KWH = {"Wh": 0.001, "kWh": 1.0, "MWh": 1000.0}
"""Units of energy counters, in kWh."""


class EnergyCounter(Struct, frozen=True):
    """
    Args:
        rule: in kWh.
        factor: kWh in its unit.
        held_s: two readings that are farther apart have a gap between them.
    """

    rule: CounterRule
    factor: float
    held_s: float


class EnergyConfig(Struct, frozen=True):
    """
    Args:
        counters: by the quantity of their readings.
    """

    meter: str
    counters: Mapping[str, EnergyCounter]
    borders: Borders


class Account(Struct, frozen=True, omit_defaults=True):
    """One counter, and what it has gained in the periods that are not over."""

    counted: Counted = Counted()
    sums: dict[Period, Sum] = {}


class EnergyState(Struct, frozen=True, omit_defaults=True):
    """
    Args:
        accounts: by quantity.
        kept: what of them was written last, at `kept_at_s`, monotonic seconds.
    """

    accounts: dict[str, Account] = {}
    kept: dict[str, Account] = {}
    kept_at_s: float | None = None


def energy_config(name: str, options: MeterOptions, profile: Profile, timezone: str) -> EnergyConfig | None:
    """The energy counters of that configuration; None: the profile declares none."""
    counters = dict(_counters(options, profile))
    begin, end = (minutes_of(text) for text in options.night)
    return EnergyConfig(name, counters, Borders(timezone, (begin, end))) if counters else None


def _counters(options: MeterOptions, profile: Profile) -> Iterator[tuple[str, EnergyCounter]]:
    most_kwh_per_s = options.greatest_power_kw / 3600
    for quantity, register in profile.tables.register.items():
        if register.kind == "counter" and register.unit in KWH and register.poll is not False:
            factor = KWH[register.unit]
            wraps = None if (top := register.wraps_at) is None else top * factor
            rule = CounterRule(most_kwh_per_s, register.step * factor, wraps)
            yield quantity, EnergyCounter(rule, factor, supply.held_s(options, profile, register))


def persisted(state: EnergyState) -> EnergyState:
    """What of it is worth writing: a disk wears, and a counter can be asked again."""
    return EnergyState(state.kept, state.kept)


def settled(state: EnergyState) -> EnergyState:
    """The state before an orderly end."""
    return structs.replace(state, kept=state.accounts)


def step(config: EnergyConfig, state: EnergyState, now: Moment, reading: Reading | None) -> Step[EnergyState]:
    """One reading of any quantity. A clock that is not set says of no energy when it was used."""
    if reading is None or reading.quality is not Quality.GOOD or not now.trusted:
        return Step(state)
    of, value = config.counters.get(reading.quantity), reading.value
    if of is None or isinstance(value, bool) or not isinstance(value, int | float):
        return Step(state)
    before = state.accounts.get(reading.quantity, Account())
    counted, gain = counter.count(of.rule, before.counted, value * of.factor, now)
    if gain is None:
        return _kept(state, reading.quantity, structs.replace(before, counted=counted), now, ())
    stretch = _stretch(of, gain)
    sums, ended = periods.add(before.sums, config.borders.span, stretch)
    told = [*_of_gap(reading.quantity, gain, stretch, periods.crosses(ended, stretch)), *_told(reading.quantity, ended)]
    events = tuple(event(each, config.meter, now) for each in told)
    return _kept(state, reading.quantity, Account(counted, sums), now, events)


def _stretch(of: EnergyCounter, gain: Gain) -> Stretch:
    """The gain by the wall clock; one that was set back meanwhile does not shorten it."""
    lasted_s = gain.until.elapsed_since(gain.since) or 0.0
    begin_s = min(gain.since.unix_s, gain.until.unix_s - lasted_s)
    return Stretch(
        begin_s,
        gain.until.unix_s,
        gain.amount,
        gap=gain.until.unix_s - begin_s > of.held_s,
        estimated=gain.kind == "jump",
        resets=1 if gain.kind == "reset" else 0,
    )


def _told(quantity: str, ended: list[tuple[Period, Sum]]) -> Iterator[MeterEnergy]:
    for period, one in ended:
        if one.known_s > 0 or one.resets:
            yield MeterEnergy(
                quantity=quantity,
                period=period,
                begin=rfc3339(one.begin_s),
                end=rfc3339(one.end_s),
                energy_kwh=round(one.amount, 4) if one.known_s > 0 else None,
                coverage_percent=one.coverage_percent,
                estimated_kwh=round(one.estimated, 4),
                resets=one.resets,
            )


def _of_gap(quantity: str, gain: Gain, stretch: Stretch, crossing: bool) -> Iterator[MeterEnergy]:
    """The energy of a time in which nobody read the counter, where a period would have only a part of it."""
    if crossing and gain.kind != "reset":
        yield MeterEnergy(
            quantity=quantity,
            period="gap",
            begin=rfc3339(stretch.begin_s),
            end=rfc3339(stretch.end_s),
            energy_kwh=round(gain.amount, 4),
            coverage_percent=100.0,
            estimated_kwh=round(gain.amount, 4) if stretch.estimated else 0.0,
            resets=0,
        )


def _kept(
    state: EnergyState, quantity: str, account: Account, now: Moment, events: tuple[Event, ...]
) -> Step[EnergyState]:
    """The new state, written with what is told, and now and then."""
    accounts = state.accounts | {quantity: account}
    due = state.kept_at_s is None or not 0 <= now.mono_s - state.kept_at_s < KEEP_S
    if events or due:
        return Step(EnergyState(accounts, accounts, now.mono_s), events)
    return Step(structs.replace(state, accounts=accounts))
