"""What a lamp used and how long it burned, by the night (pure)."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct, field, structs

from agent.calendars import local_moment
from agent.clock import Moment
from agent.trades.lighting.event_types import LampEnergy, Source
from agent.trades.lighting.plan.sun import Place, Sky, crossing
from agent.trades.lighting.watch.limits import (
    BRIDGED_S,
    COARSE_SHARE,
    COUNTER_LATE_S,
    FASTEST_SHARE,
    FASTEST_W,
    REPORT_MINUTES,
    UNSEEN_SHARE,
)
from drivers.profile.schema import Register

DAY_S = 86400.0
KWH_J = 3_600_000.0
"""Watt seconds in a kilowatt hour."""


class EnergyCounter(Struct, frozen=True):
    """An energy counter, as the profile describes its register.

    Args:
        wraps_kwh: after its highest value it begins at 0 again, that many kWh farther; None: it never does.
        step_kwh: the least that it can grow by.
    """

    wraps_kwh: float | None = None
    step_kwh: float = 0.0


def counter(register: Register) -> EnergyCounter:
    """Builds the counter that the register holds."""
    return EnergyCounter(register.wraps_at, register.step)


def gained_kwh(counter: EnergyCounter, before_kwh: float, after_kwh: float, most_kwh: float) -> float | None:
    """How far a counter went between two readings; None: nobody knows, it was replaced or misread.

    A counter that stands lower has rolled over where that explains it, else it was set to 0: then it has gained what
    it shows at least.

    Args:
        most_kwh: that a lamp can have used meanwhile.
    """
    if after_kwh >= before_kwh:
        gained = after_kwh - before_kwh
    else:
        rolled = None if counter.wraps_kwh is None else counter.wraps_kwh - before_kwh + after_kwh
        gained = rolled if rolled is not None and 0 <= rolled <= most_kwh else after_kwh
    return gained if 0 <= gained <= most_kwh else None


def most_kwh(counter: EnergyCounter, wattage_w: float | None, seconds: float) -> float:
    """Returns the most energy that a lamp can have used in that time, and that its counter can be late, kWh."""
    most_w = FASTEST_W if wattage_w is None else FASTEST_SHARE * wattage_w
    return most_w * (max(0.0, seconds) + COUNTER_LATE_S) / KWH_J + counter.step_kwh


class NightEnergy(Struct, frozen=True, omit_defaults=True):
    """What has been seen since the last report.

    Args:
        began: when this one was begun to be counted; None: nothing was seen yet.
        seen_s: how long it was known whether the lamp burns.
        burning_s, switch_ons: of that.
        counter_kwh: by its energy counter; None: it has none, or only one reading so far.
        counter_lost: the counter made a jump that no lamp explains: what it gained that night is not known.
        power_kwh, power_s: by its power over time, and for how long that was known.
        expected_kwh: what its level, and standby while it was dark, make of the wattage.
    """

    began: Moment | None = None
    seen_s: float = 0.0
    burning_s: float = 0.0
    switch_ons: int = 0
    counter_kwh: float | None = None
    counter_lost: bool = False
    power_kwh: float = 0.0
    power_s: float = 0.0
    expected_kwh: float = field(default=0.0, name="lit_kwh")


class LampCounters(Struct, frozen=True, omit_defaults=True):
    """What has been counted since the lamp was installed, and of this night.

    Args:
        burning_s, switch_ons: as seen by the agent: what a device without counters has instead.
        lit: whether it burned when last seen.
        at: as written: until when all of this was counted; None: the time since then is counted.
        counter_kwh, counter_at: last reading of its energy counter that is believed.
        doubt_kwh, doubt_at: a later one that no lamp explains; the next tells whether it was misread.
    """

    burning_s: float = 0.0
    switch_ons: int = 0
    lit: bool | None = None
    at: Moment | None = None
    counter_kwh: float | None = None
    counter_at: Moment | None = None
    doubt_kwh: float | None = None
    doubt_at: Moment | None = None
    night: NightEnergy = NightEnergy()


def advance(
    counters: LampCounters, seconds: float, lit: bool, power_w: float | None, expected_w: float | None
) -> LampCounters:
    """The lamp was seen for that long: burning or not, at that power, which should make `expected_w`."""
    night = counters.night
    burned_s = seconds if lit else 0.0
    night = structs.replace(
        night,
        seen_s=night.seen_s + seconds,
        burning_s=night.burning_s + burned_s,
        power_s=night.power_s + (0.0 if power_w is None else seconds),
        power_kwh=night.power_kwh + max(0.0, power_w or 0.0) * seconds / KWH_J,
        expected_kwh=night.expected_kwh + (expected_w or 0.0) * seconds / KWH_J,
    )
    return structs.replace(counters, burning_s=counters.burning_s + burned_s, night=night)


def bridged(counters: LampCounters, now: Moment, expected_w: float | None) -> LampCounters:
    """Counts the time since the last writing, at the first look after a start, if the lamp burned then."""
    at = counters.at
    if at is None:
        return counters
    counters = structs.replace(counters, at=None)
    seconds = now.mono_s - at.mono_s if now.boot and now.boot == at.boot else 0.0
    if not counters.lit or not 0 < seconds <= BRIDGED_S:
        return counters
    return advance(counters, seconds, True, None, expected_w)


def record_lit(counters: LampCounters, lit: bool) -> LampCounters:
    """A lamp that was off when last seen, and now burns, was switched on once at least."""
    if lit == counters.lit:
        return counters
    on = 1 if lit and counters.lit is False else 0
    night = structs.replace(counters.night, switch_ons=counters.night.switch_ons + on)
    return structs.replace(counters, lit=lit, switch_ons=counters.switch_ons + on, night=night)


def record_counter(
    counters: LampCounters, counter: EnergyCounter, wattage_w: float | None, kwh: float, now: Moment
) -> LampCounters:
    """The energy counter was read. A reading that no clock can date waits for one that can.

    One that went back, or farther than a lamp can use, counts when the next goes on from there: else it was misread.
    """
    before_kwh, before = counters.counter_kwh, counters.counter_at
    read = structs.replace(counters, counter_kwh=kwh, counter_at=now, doubt_kwh=None, doubt_at=None)
    if before_kwh is None or before is None:
        return read
    seconds = now.elapsed_since(before)
    if seconds is None:
        return structs.replace(read, night=_with_gain(read.night, None)) if now.trusted else counters
    if _reaches_back(counters.night, before, seconds, now):
        return read
    gained = gained_kwh(counter, before_kwh, kwh, most := most_kwh(counter, wattage_w, seconds))
    explained = gained is not None and (kwh >= before_kwh or not _was_reset(counter, before_kwh, kwh, most))
    if explained or _goes_on(counters, counter, wattage_w, kwh, now):
        return structs.replace(read, night=_with_gain(counters.night, gained))
    return structs.replace(counters, doubt_kwh=kwh, doubt_at=now)


def _was_reset(counter: EnergyCounter, before_kwh: float, kwh: float, most_kwh: float) -> bool:
    """Whether a counter that stands lower has not just rolled over."""
    return counter.wraps_kwh is None or not 0 <= counter.wraps_kwh - before_kwh + kwh <= most_kwh


def _goes_on(counters: LampCounters, counter: EnergyCounter, wattage_w: float | None, kwh: float, now: Moment) -> bool:
    """Whether the counter has gone on from the reading that was doubted."""
    seconds = None if counters.doubt_at is None else now.elapsed_since(counters.doubt_at)
    if counters.doubt_kwh is None or seconds is None:
        return False
    return 0 <= kwh - counters.doubt_kwh <= most_kwh(counter, wattage_w, seconds)


def _reaches_back(night: NightEnergy, before: Moment, seconds: float, now: Moment) -> bool:
    """What a counter gained in a long silence that a night ended in belongs to no single night."""
    began = night.began
    return began is not None and before.corrected(now).unix_s < began.unix_s and seconds > UNSEEN_SHARE * DAY_S


def _with_gain(night: NightEnergy, gained: float | None) -> NightEnergy:
    if gained is None:
        return structs.replace(night, counter_lost=True)
    return structs.replace(night, counter_kwh=(night.counter_kwh or 0.0) + gained)


def night_of(moment: Moment, place: Place) -> date:
    """The date of the evening to which a moment belongs: nights end at REPORT_MINUTES."""
    local = moment.utc.astimezone(ZoneInfo(place.timezone)).date()
    ended = moment.utc >= local_moment(local, REPORT_MINUTES, place.timezone)
    return local if ended else local - timedelta(days=1)


def is_finished(night: NightEnergy, now: Moment, place: Place) -> bool:
    """Whether it is to be reported: the clock is set, and a later night has begun."""
    if night.began is None or not now.trusted:
        return False
    return not night.began.trusted or night_of(now, place) > night_of(night.began, place)


def report(
    night: NightEnergy,
    place: Place,
    wattage_w: float | None,
    counter: EnergyCounter,
    *,
    operating_hours: float,
    switch_on_count: int,
    supply_loss_count: int,
) -> LampEnergy:
    """What is told of a night. What is not known is null, and a number that had to be guessed is none.

    The saving is against the wattage from sunset to sunrise. It needs a wattage, a night seen almost whole, a sun that
    sets, and a counter fine enough.

    Args:
        operating_hours, switch_on_count, supply_loss_count: of the lamp until now.
    """
    known = night.began is not None and night.began.trusted
    evening = night_of(night.began, place) if known and night.began is not None else None
    source, energy_kwh = _energy(night, wattage_w)
    unseen_s = None if evening is None else max(0.0, _length_s(evening, place) - night.seen_s)
    saving = None
    if evening is not None and energy_kwh is not None and unseen_s is not None:
        coarse = counter.step_kwh if source == "measured" and night.counter_kwh is not None else 0.0
        saving = _saving(energy_kwh, coarse, unseen_s, _dark_s(evening, place), wattage_w)
    return LampEnergy(
        night=None if evening is None else evening.isoformat(),
        energy_kwh=None if energy_kwh is None else round(energy_kwh, 4),
        saving_percent=saving,
        burning_hours=round(night.burning_s / 3600, 3),
        switch_ons=night.switch_ons,
        source=source,
        unseen_s=None if unseen_s is None else round(unseen_s),
        operating_hours=round(operating_hours, 3),
        switch_on_count=switch_on_count,
        supply_loss_count=supply_loss_count,
    )


def _energy(night: NightEnergy, wattage_w: float | None) -> tuple[Source | None, float | None]:
    """Returns the energy of a night, kWh: by the counter, else by a power that was known almost all the time, else
    by level and wattage."""
    if night.counter_kwh is not None and not night.counter_lost:
        return "measured", night.counter_kwh
    if night.power_s > 0 and night.power_s >= (1 - UNSEEN_SHARE) * night.seen_s:
        return "measured", night.power_kwh
    if wattage_w is not None and night.seen_s > 0:
        return "estimated", night.expected_kwh
    return None, None


def _saving(
    energy_kwh: float, step_kwh: float, unseen_s: float, dark_s: float | None, wattage_w: float | None
) -> float | None:
    if wattage_w is None or not dark_s or unseen_s > UNSEEN_SHARE * DAY_S:
        return None
    full_kwh = wattage_w * dark_s / KWH_J
    return None if step_kwh > COARSE_SHARE * full_kwh else round(100 * (1 - energy_kwh / full_kwh), 1)


def _length_s(evening: date, place: Place) -> float:
    """Returns the time from report to report, s: 23 or 25 hours when the clocks are changed."""
    first, last = (local_moment(day, REPORT_MINUTES, place.timezone) for day in (evening, evening + timedelta(days=1)))
    return (last - first).total_seconds()


def _dark_s(evening: date, place: Place) -> float | None:
    """Returns the time from sunset to sunrise, s; None where the sun does not cross the horizon."""
    sunset = crossing("sunset", evening, place.latitude, place.longitude)
    sunrise = crossing("sunrise", evening + timedelta(days=1), place.latitude, place.longitude)
    if sunset.sky is not Sky.CROSSES or sunrise.sky is not Sky.CROSSES:
        return None
    return (sunrise.at - sunset.at).total_seconds()
