"""Counters that reset and roll over, nights of 23 to 25 hours, and a saving that is told only when it is known."""

from datetime import UTC, date, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agent.clock import Moment
from agent.trades.lighting.event_types import LampEnergy
from agent.trades.lighting.plan.sun import Place
from agent.trades.lighting.watch import energy
from agent.trades.lighting.watch.energy import (
    EnergyCounter,
    LampCounters,
    NightEnergy,
    advance,
    counter,
    gained_kwh,
    is_finished,
    most_kwh,
    night_of,
    record_counter,
    record_lit,
)
from drivers.profile.schema import Register

PARIS = Place(48.8566, 2.3522, "Europe/Paris")
TROMSO = Place(69.6492, 18.9553, "Europe/Oslo")
report = partial(energy.report, operating_hours=0.0, switch_on_count=0, supply_loss_count=0)
U16_TENTHS = counter(Register(3, 0, "u16", scale=0.1))


def at(text: str, *, boot: str = "b", trusted: bool = True) -> Moment:
    unix_s = datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    return Moment(unix_s, unix_s - 1_700_000_000.0, boot, trusted)


def test_the_register_says_where_a_counter_begins_again() -> None:
    assert EnergyCounter(pytest.approx(6553.6), 0.1) == U16_TENTHS
    assert counter(Register(3, 0, "u32", scale=0.01, range=(0, 99999.99))).wraps_kwh == pytest.approx(100_000.0)
    assert counter(Register(3, 0, "f32")) == EnergyCounter(None, 0.0)


@pytest.mark.parametrize(
    ("before", "after", "gained"),
    [
        (10.0, 10.4, 0.4),
        (6553.4, 0.2, 0.4),
        (120.0, 0.0, 0.0),
        (120.0, 0.3, 0.3),
        (120.0, 90.0, None),
        (10.0, 500.0, None),
    ],
    ids=["grows", "rolls over", "was reset", "was reset and went on", "was replaced by an older one", "jumps"],
)
def test_what_a_counter_gained(before: float, after: float, gained: float | None) -> None:
    assert gained_kwh(U16_TENTHS, before, after, 1.0) == (None if gained is None else pytest.approx(gained))


@given(st.lists(st.floats(0.0, 0.5), min_size=1, max_size=200), st.floats(0.0, 6553.5))
def test_a_counter_that_rolls_over_loses_nothing(gains: list[float], start: float) -> None:
    total, shown = 0.0, start
    for gain in gains:
        after = (shown + gain) % 6553.6
        gained = gained_kwh(EnergyCounter(6553.6), shown, after, 1.0)
        assert gained is not None
        total, shown = total + gained, after
    assert total == pytest.approx(sum(gains), abs=1e-6)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.sampled_from([None, 6553.6, 1e5]))
def test_no_gain_is_negative_or_more_than_a_lamp_can_use(
    before: float, after: float, seconds: float, wraps: float | None
) -> None:
    most = most_kwh(EnergyCounter(step_kwh=1.0), 60.0, seconds)
    gained = gained_kwh(EnergyCounter(wraps), before, after, most)
    assert gained is None or 0 <= gained <= most


def test_a_silence_within_a_night_is_counted_by_the_counter_and_one_across_its_end_is_not() -> None:
    night = LampCounters(
        counter_kwh=100.0, counter_at=at("2026-12-21T22:00"), night=NightEnergy(began=at("2026-12-21T09:00"))
    )
    same_night = record_counter(night, EnergyCounter(), 60.0, 100.3, at("2026-12-22T04:00", boot="c"))
    assert same_night.night.counter_kwh == pytest.approx(0.3)
    later = LampCounters(
        counter_kwh=100.0, counter_at=at("2026-12-21T22:00"), night=NightEnergy(began=at("2026-12-23T11:00"))
    )
    across = record_counter(later, EnergyCounter(), 60.0, 101.0, at("2026-12-23T11:00"))
    assert (across.night.counter_kwh, across.night.counter_lost, across.counter_kwh) == (None, False, 101.0)


def test_a_reading_that_no_clock_can_date_waits_for_one_that_can() -> None:
    night = LampCounters(
        counter_kwh=100.0, counter_at=at("2026-12-21T22:00"), night=NightEnergy(began=at("2026-12-21T09:00"))
    )
    undated = record_counter(night, EnergyCounter(), 60.0, 100.3, at("1970-01-01T00:01", boot="c", trusted=False))
    assert undated == night
    dated = record_counter(undated, EnergyCounter(), 60.0, 100.4, at("2026-12-22T01:00", boot="c"))
    assert dated.night.counter_kwh == pytest.approx(0.4)


def test_a_jump_is_not_believed_and_the_night_falls_back_to_what_is_known() -> None:
    tally = LampCounters(
        counter_kwh=100.0, counter_at=at("2026-12-21T22:00"), night=NightEnergy(began=at("2026-12-21T09:00"))
    )
    tally = record_counter(tally, EnergyCounter(), 60.0, 5000.0, at("2026-12-21T22:01"))
    tally = record_counter(tally, EnergyCounter(), 60.0, 5000.0, at("2026-12-21T22:02"))
    assert tally.night.counter_lost
    tally = advance(tally, 3600.0, True, 50.0, 60.0)
    told = report(tally.night, PARIS, 60.0, EnergyCounter())
    assert (told.source, told.energy_kwh) == ("measured", 0.05)
    unknown = advance(tally, 36000.0, True, None, 60.0)
    assert report(unknown.night, PARIS, 60.0, EnergyCounter()).source == "estimated"
    assert report(unknown.night, PARIS, None, EnergyCounter()).energy_kwh is None


@pytest.mark.parametrize("misread", [0.0, 99.0, 5000.0])
def test_one_reading_that_no_lamp_explains_is_left_out(misread: float) -> None:
    """A young counter that once read 0 of 0.80 kWh had used those again when it was read the next time."""
    tally = LampCounters(
        counter_kwh=0.8, counter_at=at("2026-12-21T22:00"), night=NightEnergy(began=at("2026-12-21T09:00"))
    )
    for minute, kwh in enumerate((0.801, misread, 0.803, 0.804), 1):
        tally = record_counter(tally, EnergyCounter(), 60.0, kwh, at(f"2026-12-21T22:0{minute}"))
    assert (tally.night.counter_kwh, tally.night.counter_lost) == (pytest.approx(0.004), False)


def test_a_counter_that_was_reset_goes_on_from_there() -> None:
    tally = LampCounters(
        counter_kwh=120.0, counter_at=at("2026-12-21T22:00"), night=NightEnergy(began=at("2026-12-21T09:00"))
    )
    for minute, kwh in enumerate((120.001, 0.0, 0.001, 0.002), 1):
        tally = record_counter(tally, EnergyCounter(), 60.0, kwh, at(f"2026-12-21T22:0{minute}"))
    assert (tally.night.counter_kwh, tally.night.counter_lost) == (pytest.approx(0.003), False)


@pytest.mark.parametrize(("step_kwh", "wattage_w", "least", "most"), [
    (0.001, 60.0, 0.045, 0.05), (1.0, 60.0, 1.04, 1.05), (0.1, 400.0, 0.4, 0.41), (0.001, None, 1.2, 1.3),
])  # fmt: skip
def test_what_a_counter_may_be_late_by_follows_its_step_and_the_wattage(
    step_kwh: float, wattage_w: float | None, least: float, most: float
) -> None:
    assert least <= most_kwh(EnergyCounter(None, step_kwh), wattage_w, 0.0) <= most


def test_a_night_ends_at_ten_in_the_morning_of_the_place() -> None:
    assert night_of(at("2026-12-22T08:59:59"), PARIS) == date(2026, 12, 21)
    assert night_of(at("2026-12-22T09:00"), PARIS) == date(2026, 12, 22)
    assert night_of(at("2026-07-22T07:59:59"), PARIS) == date(2026, 7, 21)
    assert night_of(at("2026-07-22T08:00"), PARIS) == date(2026, 7, 22)


def test_a_night_is_over_only_by_a_clock_that_is_set() -> None:
    night = NightEnergy(began=at("2026-12-21T09:00"))
    assert not is_finished(night, at("2026-12-22T08:59"), PARIS)
    assert is_finished(night, at("2026-12-22T09:01"), PARIS)
    assert not is_finished(night, at("2026-12-25T09:01", trusted=False), PARIS)
    assert is_finished(NightEnergy(began=at("1970-01-01T00:01", trusted=False)), at("2026-12-22T01:00"), PARIS)


def whole_night(evening: str, *, hours: float = 24.0, lit_hours: float = 15.0, share: float = 1.0) -> NightEnergy:
    tally = record_lit(LampCounters(lit=False, night=NightEnergy(began=at(evening))), True)
    tally = advance(tally, lit_hours * 3600, True, None, 60.0 * share)
    return advance(tally, (hours - lit_hours) * 3600, False, None, 0.0).night


def test_a_night_is_reported_with_its_saving() -> None:
    told = report(whole_night("2026-12-21T09:00", lit_hours=15.0, share=0.5), PARIS, 60.0, EnergyCounter())
    dark_h = 15.78
    assert told.saving_percent == pytest.approx(100 * (1 - 15.0 * 0.5 / dark_h), abs=0.3)
    assert structs.replace(told, saving_percent=None) == LampEnergy(
        night="2026-12-21",
        energy_kwh=0.45,
        saving_percent=None,
        burning_hours=15.0,
        switch_ons=1,
        source="estimated",
        unseen_s=0,
        operating_hours=0.0,
        switch_on_count=0,
        supply_loss_count=0,
    )


@pytest.mark.parametrize(("evening", "hours"), [("2026-10-24T08:00", 25.0), ("2026-03-28T09:00", 23.0)])
def test_the_nights_when_the_clocks_are_changed_are_whole_at_25_and_23_hours(evening: str, hours: float) -> None:
    assert report(whole_night(evening, hours=hours, lit_hours=10.0), PARIS, 60.0, EnergyCounter()).unseen_s == 0


@pytest.mark.parametrize(
    ("night", "place", "wattage_w", "meter"),
    [
        (whole_night("2026-12-21T09:00"), PARIS, None, EnergyCounter()),
        (whole_night("2026-12-21T09:00", hours=22.0), PARIS, 60.0, EnergyCounter()),
        (whole_night("2026-06-21T08:00"), TROMSO, 60.0, EnergyCounter()),
        (
            NightEnergy(began=at("2026-12-21T09:00"), seen_s=86400.0, counter_kwh=1.0),
            PARIS,
            60.0,
            EnergyCounter(None, 1.0),
        ),
        (NightEnergy(began=at("1970-01-01T00:01", trusted=False), seen_s=86400.0), PARIS, 60.0, EnergyCounter()),
    ],
    ids=["no wattage", "two hours unseen", "midnight sun", "a counter of whole kilowatt hours", "no date"],
)
def test_a_saving_that_is_not_known_is_null(
    night: NightEnergy, place: Place, wattage_w: float | None, meter: EnergyCounter
) -> None:
    assert report(night, place, wattage_w, meter).saving_percent is None


def test_a_lamp_that_burns_by_day_saves_less_than_nothing() -> None:
    told = report(whole_night("2026-06-21T08:00", lit_hours=24.0), PARIS, 60.0, EnergyCounter())
    assert told.saving_percent < -150
