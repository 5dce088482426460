"""Readings of one source: thresholds, votes, dwell, a drifting field, stays of a camera's zone."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agent.clock import Moment
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.debounce import debounce, settled, settles_s
from agent.trades.parking.sensors.source import Source, SourceState, is_current, source_of, zone_of
from drivers.base import Field, Quality, Reading, Reporting, Stay, Value
from drivers.options import Seconds

CAR_MM, ROAD_MM = 600, 2500
BAY = BayOptions(sensor="s", empty_field=(0, 0, 0), field_change=100)
SLOW = source_of("s", BAY, Reporting(120.0, "distance"))
OWN = source_of("s", BAY, Reporting(3600.0, "occupied"))
FIELD = source_of("s", structs.replace(BAY, decide_by="field"), Reporting(60.0, "occupied"))
ZONE = zone_of("z", "cam")


def now(mono_s: float) -> Moment:
    return Moment(1.8e9 + mono_s, mono_s, "boot", True)


NOTHING = SourceState()


def hear(
    source: Source, values: Sequence[Value], period_s: float, source_state: SourceState = NOTHING, begin_s: float = 0.0
) -> SourceState:
    quantity = {"distance": "distance_mm", "occupied": "occupied", "field": "magnetic_field"}[source.decides]
    for number, value in enumerate(values):
        at = now(begin_s + number * period_s)
        source_state = debounce(source, source_state, at, Reading(source.name, quantity, value, at.mono_s), None)
        source_state = settled(source, source_state, at)
    return source_state


@pytest.mark.parametrize(
    ("reporting", "votes", "dwell_s", "silence_s"),
    [
        (Reporting(1.0, "distance"), (4, 5), 5.0, 30.0),
        (Reporting(120.0, "distance"), (4, 5), 5.0, 300.0),
        (Reporting(1800.0, "distance"), (2, 3), 5.0, 4500.0),
        (Reporting(86400.0, "distance"), (1, 1), 5.0, 216000.0),
        (Reporting(10.0, "occupied"), (1, 1), 5.0, 30.0),
        (Reporting(86400.0, "occupied"), (1, 1), 0.0, 216000.0),
    ],
)
def test_the_defaults_follow_from_how_a_sensor_reports(
    reporting: Reporting, votes: tuple[int, int], dwell_s: float, silence_s: float
) -> None:
    source = source_of("s", BAY, reporting)
    assert (source.needed, source.of) == votes
    assert (source.dwell_s, source.silence_s) == (dwell_s, silence_s)


def test_what_the_bay_says_goes_before_the_defaults() -> None:
    own = structs.replace(BAY, votes=2, votes_of=3, dwell_s=Seconds(60), silence_s=Seconds(900), decide_by="distance")
    source = source_of("s", own, Reporting(3600.0, "occupied"))
    assert (source.decides, source.needed, source.of, source.dwell_s, source.silence_s) == ("distance", 2, 3, 60, 900)


def test_one_wrong_reading_of_five_changes_nothing() -> None:
    free = hear(SLOW, [ROAD_MM] * 5, 120.0)
    for at in range(5):
        values: list[Value] = [ROAD_MM] * 5
        values[at] = CAR_MM
        assert hear(SLOW, values * 4, 120.0, free, 600.0).accepted is False


def test_a_state_counts_with_the_fourth_vote_and_is_dated_to_the_first() -> None:
    free = hear(SLOW, [ROAD_MM] * 5, 120.0)
    three = hear(SLOW, [CAR_MM] * 3, 120.0, free, 600.0)
    four = hear(SLOW, [CAR_MM], 120.0, three, 960.0)
    assert (three.accepted, four.accepted) == (False, True)
    assert four.since is not None
    assert (four.since.at.mono_s, four.since.gap_s) == (600.0, 120.0)


@pytest.mark.parametrize(("before", "after"), [(ROAD_MM, CAR_MM), (CAR_MM, ROAD_MM)])
def test_of_two_places_that_are_as_likely_the_middle_dates_the_change_and_the_gap_reaches_to_the_first(
    before: int, after: int
) -> None:
    source_state = hear(SLOW, [before] * 5, 120.0)
    source_state = hear(SLOW, [after, before, after, after, after], 120.0, source_state, 600.0)
    assert source_state.accepted is (after == CAR_MM)
    assert source_state.since is not None
    assert source_state.since.at == now(720.0)
    assert source_state.since.gap_s == 120.0 + 120.0


def test_a_wrong_vote_within_the_change_does_not_date_it_later() -> None:
    free = hear(SLOW, [ROAD_MM] * 5, 120.0)
    source_state = hear(SLOW, [CAR_MM, CAR_MM, ROAD_MM, CAR_MM, CAR_MM], 120.0, free, 600.0)
    assert source_state.accepted is True
    assert source_state.since is not None and source_state.since.at.mono_s == 600.0


def test_a_sensor_that_decides_itself_counts_at_once_or_after_its_dwell() -> None:
    assert hear(OWN, [True], 1.0).accepted is True
    dwelling = structs.replace(OWN, dwell_s=5.0)
    source_state = hear(dwelling, [True], 1.0)
    assert source_state.accepted is None
    assert settles_s(dwelling, source_state, now(2.0)) == 3.0
    assert settled(dwelling, source_state, now(5.0)).accepted is True


def test_what_only_measures_must_say_it_for_the_dwell_itself() -> None:
    fast = source_of("s", BAY, Reporting(1.0, "distance"))
    source_state = hear(fast, [ROAD_MM] * 6, 1.0)
    pending = hear(fast, [CAR_MM] * 5, 1.0, source_state, 6.0)
    assert settles_s(fast, pending, now(20.0)) is None
    assert settled(fast, pending, now(20.0)).accepted is False


def test_silence_forgets_the_votes() -> None:
    free = hear(SLOW, [ROAD_MM] * 5, 120.0)
    three = hear(SLOW, [CAR_MM] * 3, 120.0, free, 600.0)
    assert not is_current(SLOW, three, now(840.0 + 300.0))
    assert hear(SLOW, [CAR_MM], 120.0, three, 2000.0).accepted is False


def test_a_field_is_judged_against_that_of_the_empty_bay() -> None:
    empty = hear(FIELD, [Field(3, -2, 1)] * 5, 10.0)
    assert empty.accepted is False
    between = hear(FIELD, [Field(70, 0, 0)] * 8, 10.0, empty, 50.0)
    assert between.accepted is False
    assert hear(FIELD, [Field(90, 80, 0)] * 6, 10.0, empty, 50.0).accepted is True


def test_the_field_of_the_empty_bay_follows_slow_drift_but_not_a_vehicle() -> None:
    drifting = [Field(round(number * 0.1), 0, 0) for number in range(3000)]
    source_state = hear(FIELD, drifting, 60.0)
    assert source_state.accepted is False
    assert source_state.empty is not None and 250 < source_state.empty.x < 300
    standing = hear(FIELD, [Field(900, 0, 0)] * 3000, 60.0, source_state, 180000.0)
    assert standing.accepted is True
    assert standing.empty is not None and source_state.empty.x - 1 < standing.empty.x < 301


def test_how_the_first_sensor_is_judged_holds_for_no_other() -> None:
    bay = structs.replace(BAY, decide_by="field", votes=8, votes_of=10, dwell_s=Seconds(60), silence_s=Seconds(30))
    first, other = (source_of(name, bay, Reporting(86400.0, "occupied")) for name in ("s", "loop"))
    assert (first.decides, first.needed, first.of, first.dwell_s, first.silence_s) == ("field", 8, 10, 60.0, 30.0)
    assert other == structs.replace(
        OWN, name="loop", told_by=frozenset({"loop"}), silence_s=216000.0, look_every_s=86400.0
    )


@pytest.mark.parametrize(("mm", "accepted"), [(15_000, False), (15_001, None), (249, None), (250, True)])
def test_what_no_sensor_on_a_pole_can_measure_says_nothing(mm: int, accepted: bool | None) -> None:
    assert hear(SLOW, [mm] * 5, 120.0).accepted is accepted


@pytest.mark.parametrize(("mm", "accepted"), [(999, True), (1000, None), (1400, None), (1401, False)])
def test_a_vehicle_is_nearer_than_its_threshold_and_an_empty_bay_farther_than_the_other(
    mm: int, accepted: bool | None
) -> None:
    """A reading on a threshold, or between the two, says nothing; and it is the bay's own thresholds that count."""
    own = structs.replace(BAY, occupied_below_mm=1000, free_above_mm=1400)
    assert hear(source_of("s", own, Reporting(120.0, "distance")), [mm] * 5, 120.0).accepted is accepted


@pytest.mark.parametrize(("mm", "accepted"), [(1199, True), (1200, None), (1500, None), (1501, False)])
def test_the_thresholds_of_a_bay_that_says_nothing_are_those_of_the_manual(mm: int, accepted: bool | None) -> None:
    assert hear(SLOW, [mm] * 5, 120.0).accepted is accepted


def test_the_field_of_the_empty_bay_begins_anew_when_another_sensor_has_measured_it() -> None:
    drifted = hear(FIELD, [Field(30, 0, 0)] * 5, 10_000.0)
    replaced = structs.replace(FIELD, empty_field=Field(-400, 0, 0))
    source_state = hear(replaced, [Field(-402, 0, 0)] * 5, 10.0, drifted, 60_000.0)
    assert source_state.accepted is False
    assert source_state.empty is not None and source_state.empty.x == pytest.approx(-401, abs=1)


def test_without_the_field_of_the_empty_bay_nothing_is_decided() -> None:
    blank = structs.replace(FIELD, empty_field=None)
    assert hear(blank, [Field(900, 0, 0)] * 10, 10.0).accepted is None


def stay(key: str, entered_s: float, left_s: float | None, at_s: float) -> Reading:
    return Reading("z", "stay", Stay(key, entered_s, left_s, "car", 0.9), at_s)


def watch(*readings: Reading) -> SourceState:
    source_state = SourceState()
    for reading in readings:
        source_state = settled(ZONE, debounce(ZONE, source_state, now(reading.at_s), reading, None), now(reading.at_s))
    return source_state


def test_a_zone_is_occupied_from_its_first_stay_to_the_end_of_its_last() -> None:
    came = watch(stay("a", 10.0, None, 12.0))
    assert came.accepted is True
    assert came.since is not None and came.since.at.mono_s == 10.0
    both = watch(stay("a", 10.0, None, 12.0), stay("b", 20.0, None, 22.0), stay("a", 10.0, 30.0, 31.0))
    assert both.accepted is True
    gone = watch(stay("a", 10.0, None, 12.0), stay("a", 10.0, 30.0, 31.0))
    assert gone.accepted is False
    assert gone.since is not None and gone.since.at.mono_s == 30.0


@pytest.mark.parametrize("blinding", [("reachable", False), ("condition", "blocked")])
def test_a_camera_that_does_not_see_is_not_believed(blinding: tuple[str, Value]) -> None:
    blind = watch(stay("a", 10.0, None, 12.0), Reading("cam", *blinding, 20.0))
    assert blind.accepted is True and not is_current(ZONE, blind, now(20.0))
    seeing = watch(
        stay("a", 10.0, None, 12.0), Reading("cam", *blinding, 20.0), Reading("cam", "condition", "ok", 30.0)
    )
    assert is_current(ZONE, seeing, now(1e6))


def test_a_zone_that_has_told_no_stay_yet_says_nothing() -> None:
    source_state = watch(Reading("cam", "condition", "ok", 1.0))
    assert source_state.accepted is None and not is_current(ZONE, source_state, now(1.0))


VALUES = st.sampled_from([CAR_MM, ROAD_MM, 1350, 0, 65535, True, "far", float("nan"), Field(1, 2, 3)])


@given(st.lists(st.tuples(VALUES, st.sampled_from(list(Quality)), st.floats(0.1, 500.0)), max_size=60))
def test_a_state_is_accepted_only_with_enough_votes_and_never_dated_after_its_last_reading(
    readings: list[tuple[Value, Quality, float]],
) -> None:
    source_state, at_s = SourceState(), 0.0
    for value, quality, passed_s in readings:
        at_s += passed_s
        before = source_state.accepted
        source_state = debounce(SLOW, source_state, now(at_s), Reading("s", "distance_mm", value, at_s, quality), None)
        source_state = settled(SLOW, source_state, now(at_s))
        if source_state.accepted != before:
            assert sum(sample.occupied == source_state.accepted for sample in source_state.samples) >= SLOW.needed
            assert source_state.says == source_state.accepted
            assert source_state.since is not None and source_state.since.at.mono_s <= at_s - SLOW.dwell_s
            assert source_state.since.occupied == source_state.accepted
