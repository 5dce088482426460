"""What votes say when they contradict one another, at the bounds of each question that is asked of them."""

from collections.abc import Sequence

import pytest
from msgspec import structs

from agent.clock import Moment
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.baseline import Baseline
from agent.trades.parking.sensors.baseline import initial as baseline
from agent.trades.parking.sensors.debounce import (
    contested,
    contrary,
    debounce,
    outlasts_votes,
    pending_samples,
    settled,
    settles_s,
)
from agent.trades.parking.sensors.source import (
    Sample,
    Source,
    SourceState,
    backlog_left_s,
    is_current,
    source_of,
    zone_of,
)
from drivers.base import Field, Quality, Reading, Reporting, Stay, Value

CAR_MM, ROAD_MM, BETWEEN_MM = 600, 2500, 1350
BAY = BayOptions(sensor="s", empty_field=(0, 0, 0), field_change=100)
SLOW = source_of("s", BAY, Reporting(120.0, "distance"))
OWN = source_of("s", BAY, Reporting(3600.0, "occupied"))
FIELD = source_of("s", structs.replace(BAY, decide_by="field"), Reporting(60.0, "occupied"))
ZONE = zone_of("z", "cam")


def at(mono_s: float, boot: str = "boot", trusted: bool = True) -> Moment:
    return Moment(1.8e9 + mono_s, mono_s, boot, trusted)


def votes(letters: str, period_s: float = 10.0) -> tuple[Sample, ...]:
    """T and F, so many seconds apart; the first came as long after one before it."""
    return tuple(Sample(letter == "T", at(n * period_s), period_s) for n, letter in enumerate(letters))


@pytest.mark.parametrize(
    ("letters", "state", "answer"),
    [("TTT", True, False), ("TTF", True, True), ("FTT", True, True), ("FFF", None, True), ("", True, False)],
)
def test_votes_contest_a_state_when_one_of_them_says_another(letters: str, state: bool | None, answer: bool) -> None:
    assert contested(votes(letters), state) is answer


@pytest.mark.parametrize(
    ("letters", "first", "again"),
    [
        ("TTTTT", None, None),
        ("TFTFT", 1, 4),
        ("TFFT", 1, 3),
        ("FFT", 0, 2),
        ("TFFTT", 1, 3),
        ("TFFTFT", 1, 5),
        ("TFTFFT", 1, 5),
        ("FTTFF", 1, 3),
        ("TFTT", None, None),
    ],
)
def test_two_contradict_the_last_vote_with_another_between_them_or_without_and_one_alone_does_not(
    letters: str, first: int | None, again: int | None
) -> None:
    found, given = contrary(votes(letters)), votes(letters)
    assert found == (None if first is None or again is None else (given[first], given[again]))


@pytest.mark.parametrize(
    ("letters", "gap_s", "answer"),
    [("FFF", 50.0, False), ("FFF", 50.001, True), ("FFF", None, True), ("", 1.0, True)],
)
def test_votes_are_forgotten_after_a_silence_that_is_longer_than_they_reach(
    letters: str, gap_s: float | None, answer: bool
) -> None:
    assert SLOW.of == 5
    assert outlasts_votes(SLOW, votes(letters), gap_s) is answer


def test_votes_of_which_nobody_knows_how_far_apart_they_were_are_forgotten() -> None:
    assert outlasts_votes(SLOW, [Sample(True, at(0.0), None)], 1.0)


@pytest.mark.parametrize(
    ("letters", "period_s", "kept"),
    [("FFFFT", 15.0, True), ("FFFFT", 14.9, False), ("FFFFF", 15.0, False), ("T", 60.0, True), ("T", 59.0, False)],
)
def test_votes_against_what_counts_are_kept_where_it_takes_a_minute_to_get_others(
    letters: str, period_s: float, kept: bool
) -> None:
    given, before = votes(letters, period_s), votes("FF", 1.0)
    source_state = SourceState(accepted=False, samples=given, earlier=before)
    assert pending_samples(source_state) == ((*before, *given) if kept else ())


def test_of_a_vote_alone_of_which_nobody_knows_how_long_it_took_nothing_is_kept() -> None:
    assert pending_samples(SourceState(accepted=False, samples=(Sample(True, at(0.0), None),))) == ()


@pytest.mark.parametrize(("gap_s", "kept"), [(60.0, 2), (59.0, 0)])
def test_where_no_clock_tells_how_far_apart_they_were_the_pause_before_the_first_does(gap_s: float, kept: int) -> None:
    given = (Sample(False, at(0.0, "before", False), gap_s), Sample(True, at(5.0, "after", False), 5.0))
    assert len(pending_samples(SourceState(accepted=False, samples=given))) == kept


@pytest.mark.parametrize(("letters", "proven_s"), [("TT", 10.0), ("TFT", 20.0)])
def test_of_two_readings_that_are_enough_the_second_proves_the_change(letters: str, proven_s: float) -> None:
    source = structs.replace(SLOW, needed=2, of=3, dwell_s=0.0)
    values = [CAR_MM if letter == "T" else ROAD_MM for letter in letters]
    changed = hear(source, values, SourceState(accepted=False))
    assert changed.since is not None and changed.since.proven == at(proven_s)


def hear(
    source: Source, values: Sequence[Value], source_state: SourceState, begin_s: float = 0.0, step_s: float = 10.0
) -> SourceState:
    quantity = {"distance": "distance_mm", "occupied": "occupied", "field": "magnetic_field"}[source.decides]
    for number, value in enumerate(values):
        now = at(begin_s + number * step_s)
        source_state = settled(
            source, debounce(source, source_state, now, Reading(source.name, quantity, value, now.mono_s), None), now
        )
    return source_state


@pytest.mark.parametrize(
    ("x", "says"), [(49, False), (50, None), (99, None), (100, True), (-100, True), (-50, None), (-49, False)]
)
def test_a_field_that_strays_by_the_change_is_a_vehicle_and_by_less_than_half_of_it_none(
    x: int, says: bool | None
) -> None:
    source_state = debounce(FIELD, SourceState(), at(0.0), Reading("s", "magnetic_field", Field(x, 0, 0), 0.0), None)
    assert source_state.says is says


def test_between_the_thresholds_nothing_is_said_but_it_is_heard() -> None:
    voted = hear(SLOW, [ROAD_MM, CAR_MM, BETWEEN_MM, BETWEEN_MM], SourceState())
    assert [sample.occupied for sample in voted.samples] == [False, True]
    assert (voted.last, voted.unclear_since) == (at(30.0), at(20.0))
    assert hear(SLOW, [CAR_MM], voted, 40.0).unclear_since is None


@pytest.mark.parametrize(("unclear_s", "current"), [(599.9, True), (600.0, False)])
def test_what_was_said_before_holds_between_the_thresholds_for_ten_minutes(unclear_s: float, current: bool) -> None:
    source = source_of("s", BAY, Reporting(10.0, "distance"))
    state = hear(source, [CAR_MM, BETWEEN_MM], SourceState())
    state = structs.replace(state, last=at(10.0 + unclear_s - 1.0))
    assert is_current(source, state, at(10.0 + unclear_s)) is current


def test_a_change_after_values_between_the_thresholds_may_have_come_ever_since_the_last_clear_one() -> None:
    state = hear(FIELD, [Field(900, 0, 0)], SourceState())
    state = hear(FIELD, [Field(70, 0, 0)] * 5 + [Field(10, 0, 0)], state, 60.0, 60.0)
    assert state.samples[-1] == Sample(False, at(360.0), 360.0, deviation=10.0)


@pytest.mark.parametrize(("accepted", "x", "follows"), [(None, 49, True), (False, 49, True), (True, 49, False)])
def test_the_field_of_the_empty_bay_is_followed_unless_a_vehicle_stands_there(
    accepted: bool | None, x: int, follows: bool
) -> None:
    before = SourceState(accepted=accepted, last=at(0.0), empty=baseline(Field(0, 0, 0)))
    source_state = debounce(FIELD, before, at(6 * 3600.0), Reading("s", "magnetic_field", Field(x, 0, 0), 0.0), None)
    assert source_state.empty is not None
    assert source_state.empty.x == (pytest.approx(49 * (1 - 0.36788), abs=0.01) if follows else 0.0)


def test_the_field_of_the_empty_bay_is_not_followed_half_way_to_a_vehicle_or_by_a_doubtful_reading() -> None:
    before = SourceState(last=at(0.0), empty=baseline(Field(0, 0, 0)))
    for x, quality in ((50, Quality.GOOD), (10, Quality.SUSPECT)):
        reading = Reading("s", "magnetic_field", Field(x, 0, 0), 0.0, quality)
        assert debounce(FIELD, before, at(3600.0), reading, None).empty == Baseline(0.0, 0.0, 0.0, Field(0, 0, 0))


def test_the_first_reading_of_the_empty_bay_moves_its_field_nowhere() -> None:
    source_state = debounce(
        FIELD, SourceState(), at(6 * 3600.0), Reading("s", "magnetic_field", Field(40, 0, 0), 0.0), None
    )
    assert source_state.empty is not None and source_state.empty.x == 0.0


def test_a_doubtful_reading_is_not_even_heard() -> None:
    assert (
        debounce(OWN, SourceState(), at(0.0), Reading("s", "occupied", True, 0.0, Quality.SUSPECT), None)
        == SourceState()
    )
    assert debounce(OWN, SourceState(), at(0.0), Reading("s", "occupied", 1, 0.0), None) == SourceState()
    assert debounce(OWN, SourceState(), at(0.0), Reading("s", "temperature_c", True, 0.0), None) == SourceState()


def test_a_word_that_has_waited_may_be_followed_by_younger_ones_for_a_minute() -> None:
    source_state = debounce(OWN, SourceState(), at(100.0), Reading("s", "occupied", True, 100.0, delay_s=30.0), None)
    assert source_state.backlog_until == at(190.0)
    assert backlog_left_s(source_state, at(150.0)) == 40.0
    assert backlog_left_s(source_state, at(190.0)) == 0.0 == backlog_left_s(source_state, at(300.0))
    assert settles_s(structs.replace(OWN, dwell_s=5.0), source_state, at(189.0)) is None, "its word may be over"
    fresh = debounce(OWN, source_state, at(200.0), Reading("s", "occupied", True, 200.0), None)
    assert fresh.backlog_until is None and backlog_left_s(fresh, at(200.0)) == 0.0


def test_a_network_that_tells_of_words_on_their_way_is_heard_and_a_cut_blinds_who_tells_changes() -> None:
    cut = debounce(OWN, SourceState(accepted=True), at(100.0), Reading("s", "reachable", False, 100.0), None)
    assert (cut.unreachable, cut.backlog_until) == (True, None)
    back = debounce(OWN, cut, at(200.0), Reading("s", "reachable", True, 200.0, delay_s=5.0), None)
    assert (back.unreachable, back.backlog_until) == (False, at(265.0))
    measures = debounce(SLOW, SourceState(accepted=True), at(100.0), Reading("s", "reachable", False, 100.0), None)
    assert not measures.unreachable, "it is silent instead"


def test_who_measures_must_have_said_it_for_its_dwell_by_its_last_reading() -> None:
    source = structs.replace(SLOW, needed=1, of=1, dwell_s=20.0)
    source_state = hear(source, [ROAD_MM], SourceState(accepted=False))
    assert source_state.pending is None
    pending = hear(source, [CAR_MM] * 2, source_state, 10.0)
    assert (pending.accepted, pending.pending is not None) == (False, True)
    assert settles_s(source, pending, at(1000.0)) is None
    assert hear(source, [CAR_MM], pending, 30.0).accepted is True


def test_a_pending_state_that_is_contradicted_by_the_last_reading_does_not_count() -> None:
    source = structs.replace(SLOW, needed=2, of=3, dwell_s=0.0)
    source_state = SourceState(accepted=False, last=at(20.0), samples=votes("TTF"), pending=Sample(True, at(0.0), 10.0))
    assert settles_s(source, source_state, at(20.0)) is None
    assert settled(source, source_state, at(20.0)) == source_state


def test_where_no_clock_tells_how_long_it_was_said_the_pauses_between_its_readings_do() -> None:
    source = structs.replace(SLOW, dwell_s=25.0)
    other = [structs.replace(each, at=at(5.0 + n, "next", False)) for n, each in enumerate(votes("FTTT"))]
    pending = structs.replace(other[1], at=at(0.0, "before", False))
    source_state = SourceState(accepted=False, last=other[-1].at, samples=tuple(other), pending=pending)
    assert settles_s(source, source_state, other[-1].at) is None, "20 s at least"
    assert settles_s(structs.replace(source, dwell_s=20.0), source_state, other[-1].at) == 0.0
    unknown = structs.replace(source_state, samples=(*other[:-1], structs.replace(other[-1], gap_s=None)))
    assert settles_s(structs.replace(source, dwell_s=10.0), unknown, other[-1].at) == 0.0
    assert settles_s(structs.replace(source, dwell_s=10.5), unknown, other[-1].at) is None


def test_a_silence_forgets_votes_only_where_it_was_longer_than_they_reach() -> None:
    """Silent after 300 s; five votes 120 s apart reach 600 s."""
    source = SLOW
    three = hear(source, [CAR_MM] * 3, SourceState(accepted=False), 0.0, 120.0)
    assert len(hear(source, [CAR_MM], three, 240.0 + 299.0).samples) == 4
    assert not is_current(source, three, at(240.0 + 300.0))
    assert len(hear(source, [CAR_MM], three, 240.0 + 600.0).samples) == 4
    late = hear(source, [CAR_MM], three, 240.0 + 601.0)
    assert (len(late.samples), late.pending, late.samples[0].gap_s) == (1, None, 601.0)


def test_who_has_not_spoken_yet_has_a_gap_since_the_bay_was_known() -> None:
    source_state = debounce(OWN, SourceState(), at(100.0), Reading("s", "occupied", True, 100.0), at(40.0))
    assert [sample.gap_s for sample in source_state.samples] == [60.0]
    unknown = debounce(OWN, SourceState(), at(100.0), Reading("s", "occupied", True, 100.0), None)
    assert [sample.gap_s for sample in unknown.samples] == [None]


def watched(*readings: Reading, before: Moment | None = None) -> SourceState:
    source_state = SourceState()
    for reading in readings:
        source_state = settled(ZONE, debounce(ZONE, source_state, at(reading.at_s), reading, before), at(reading.at_s))
    return source_state


def stay(key: str, entered_s: float, left_s: float | None, at_s: float, device: str = "z") -> Reading:
    return Reading(device, "stay", Stay(key, entered_s, left_s, "car", 0.9), at_s)


def test_a_zone_remembers_sixteen_stays_that_are_open() -> None:
    source_state = watched(*[stay(f"s{n}", float(n), None, n + 1.0) for n in range(17)])
    assert source_state.open == tuple(f"s{n}" for n in range(1, 17))
    again = watched(stay("a", 1.0, None, 2.0), stay("a", 1.0, None, 3.0))
    assert again.open == ("a",), "told anew, it is the same stay"


def test_a_zone_hears_its_own_stays_and_its_camera() -> None:
    assert watched(stay("a", 1.0, None, 2.0, device="cam")) == SourceState()
    assert watched(Reading("cam", "reachable", True, 1.0)) == SourceState()
    assert watched(Reading("cam", "reachable", False, 1.0)) == SourceState(unreachable=True)
    assert watched(Reading("cam", "condition", "dark", 1.0)).unreachable
    seen = watched(Reading("cam", "condition", "dark", 1.0), stay("a", 1.0, None, 2.0))
    assert not seen.unreachable, "who tells a stay sees"


def test_the_first_stay_of_a_zone_has_a_gap_since_the_bay_was_known_and_the_next_ones_have_none() -> None:
    first = watched(stay("a", 50.0, None, 60.0), before=at(20.0))
    assert [sample.gap_s for sample in first.samples] == [40.0]
    assert [sample.gap_s for sample in watched(stay("a", 50.0, None, 60.0)).samples] == [None]
    second = watched(stay("a", 50.0, None, 60.0), stay("a", 50.0, 70.0, 71.0), before=at(20.0))
    assert [(sample.occupied, sample.at, sample.gap_s) for sample in second.samples] == [(False, at(70.0), 0.0)]
