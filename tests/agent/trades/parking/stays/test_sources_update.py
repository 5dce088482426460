"""The sources that speak, those that are silent, and what is presumed of a bay meanwhile, to the second."""

import pytest
from msgspec import structs

from agent.clock import Moment
from agent.regulation import RuleOptions, order_of
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.source import Sample, Source, SourceState, source_of, zone_of
from agent.trades.parking.stays.bay import step
from agent.trades.parking.stays.fusion import disagree, evidence, leading, states
from agent.trades.parking.stays.sources_update import is_outdated, settle_pending, update_sources
from agent.trades.parking.stays.state import Bay, BayState, ExemptTag, RuntimeState, initial
from agent.trades.parking.stays.stay import BayStay, start
from drivers.base import Reading, Reporting, Value

DAY_S = 86400.0
OPTIONS = BayOptions(sensor="s1", rule="r")
RULES = {"r": RuleOptions(category="general", exempt_tags=("AB1",))}
OWN = source_of("s1", OPTIONS, Reporting(DAY_S, "occupied"))
SLOW = source_of("s1", OPTIONS, Reporting(60.0, "distance"))
FAST = source_of("s1", OPTIONS, Reporting(1.0, "distance"))
ZONE = zone_of("z", "cam")


def at(mono_s: float, boot: str = "boot-1", trusted: bool = True) -> Moment:
    return Moment(1.8e9 + mono_s, mono_s, boot, trusted)


def bay(*sources: Source) -> Bay:
    return Bay("b1", sources, order_of(OPTIONS, RULES, "Europe/Paris", "fr"), 600.0)


def standing(entered_s: float = 0.0) -> BayStay:
    return start("b1", at(entered_s), 1.0)


def occupied(**source_state: SourceState) -> BayState:
    """A vehicle has stood there since 0; what was heard of each source."""
    return BayState(True, at(0.0), standing(), runtime=RuntimeState(began=at(0.0), sources=source_state))


def reading(value: Value, at_s: float, quantity: str = "occupied", delay_s: float = 0.0, device: str = "s1") -> Reading:
    return Reading(device, quantity, value, at_s, delay_s=delay_s)


def continuity(state: BayState) -> str | None:
    return state.stay and state.stay.continuity


@pytest.mark.parametrize(("silent_s", "doubt"), [(9.999, "certain"), (10.0, "presumed")])
def test_a_silence_in_which_vehicles_could_be_swapped_leaves_a_doubt(silent_s: float, doubt: str) -> None:
    source = structs.replace(FAST, silence_s=5.0)
    before = occupied(s1=SourceState(True, last=at(100.0), samples=(Sample(True, at(100.0), 1.0),)))
    after = update_sources(bay(source), before, at(100.0 + silent_s), reading(600, 100.0 + silent_s, "distance_mm"))
    assert continuity(after) == doubt


def test_who_speaks_all_the_time_leaves_no_doubt() -> None:
    before = occupied(s1=SourceState(True, last=at(100.0), samples=(Sample(True, at(100.0), 1.0),)))
    assert continuity(update_sources(bay(FAST), before, at(129.0), reading(600, 129.0, "distance_mm"))) == "certain"
    both = occupied(s1=SourceState(True, last=at(100.0)), z=SourceState(True, last=at(100.0)))
    late = update_sources(bay(FAST, ZONE), both, at(200.0), reading(600, 200.0, "distance_mm"))
    assert continuity(late) == "certain", "the camera saw it"


def test_words_that_say_nothing_or_of_another_device_change_nothing() -> None:
    before = occupied(s1=SourceState(True, last=at(100.0)))
    assert update_sources(bay(OWN), before, at(120.0), reading(True, 120.0, device="s2")) is before
    assert update_sources(bay(OWN), before, at(120.0), reading(1, 120.0)) is before


@pytest.mark.parametrize(
    ("known_s", "delay_s", "answer"),
    [(102.0, 5.0, False), (102.5, 5.0, True), (102.5, 0.0, False), (99.0, 5.0, False)],
)
def test_a_word_that_waited_is_outrun_by_what_is_known_of_more_than_two_seconds_later(
    known_s: float, delay_s: float, answer: bool
) -> None:
    told = reading(True, 100.0, delay_s=delay_s)
    assert is_outdated(BayState(confirmed=at(known_s)), at(100.0), told) is answer
    assert is_outdated(occupied(s1=SourceState(True, last=at(known_s))), at(100.0), told) is answer
    making = structs.replace(
        initial(), pending_samples={"s1": (*(Sample(True, at(0.0), 1.0),) * 2, Sample(True, at(known_s), 1.0))}
    )
    assert is_outdated(making, at(100.0), told) is answer


def test_a_word_that_waited_is_not_outrun_where_no_clock_tells() -> None:
    known = BayState(confirmed=at(500.0, "boot-0", trusted=False))
    assert not is_outdated(known, at(100.0), reading(True, 100.0, delay_s=5.0))
    assert not is_outdated(initial(), at(100.0), reading(True, 100.0, delay_s=5.0))


def lost(state: BayState, *sources: Source, device: str = "s1") -> str | None:
    return continuity(update_sources(bay(*sources), state, at(100.0), reading(3, 100.0, "frames_lost", device=device)))


def test_lost_words_of_the_one_that_decides_leave_a_doubt_if_it_tells_changes() -> None:
    own = occupied(s1=SourceState(True, last=at(50.0)))
    led = structs.replace(own, runtime=structs.replace(own.runtime, lead="s1"))
    assert lost(led, OWN) == "presumed"
    assert lost(led, OWN, device="s2") == "certain"
    assert lost(own, OWN) == "certain", "it has not decided yet"
    assert lost(led, SLOW) == "certain", "it measures again soon"
    by_zone = structs.replace(own, runtime=structs.replace(own.runtime, lead="z"))
    assert lost(by_zone, OWN, ZONE) == "certain"


def test_a_vehicle_with_an_exempt_tag_is_known_whether_it_stands_there_already_or_not() -> None:
    tag = reading("ab1", 100.0, "vehicle_tag")
    stands = update_sources(bay(OWN), occupied(), at(100.0), tag)
    assert stands.stay is not None and stands.stay.exempt_by == {"r"}
    comes = update_sources(bay(OWN), initial(), at(100.0), tag)
    assert comes.runtime.tagged == ExemptTag(frozenset({"r"}), at(100.0))
    other = reading("zz9", 100.0, "vehicle_tag")
    stands = update_sources(bay(OWN), occupied(), at(100.0), other)
    assert stands.stay == structs.replace(standing(), tagged=True), "it carries one, whatever that means"
    assert update_sources(bay(OWN), comes, at(100.0), other) is comes, "one that is exempt comes with it"
    more = structs.replace(occupied(), stay=structs.replace(standing(), exempt_by=frozenset({"other"})))
    both = update_sources(bay(OWN), more, at(100.0), tag)
    assert both.stay is not None and both.stay.exempt_by == {"other", "r"}


@pytest.mark.parametrize(("before_s", "exempt"), [(300.0, True), (300.5, False), (0.0, True)])
def test_a_tag_belongs_to_a_stay_that_begins_within_five_minutes_of_it(before_s: float, exempt: bool) -> None:
    state = step(bay(OWN), initial(), at(100.0), reading(False, 100.0)).state
    state = step(bay(OWN), state, at(1000.0), reading("AB1", 1000.0, "vehicle_tag")).state
    state = step(bay(OWN), state, at(1000.0 + before_s), reading(True, 1000.0 + before_s)).state
    assert state.stay is not None
    assert (state.stay.exempt_by == {"r"}) is exempt
    assert state.runtime.tagged is None, "it is kept for one vehicle"


def test_of_a_sensor_that_was_silent_what_counts_is_presumed() -> None:
    """One that tells changes begins anew with it; one that measures keeps its votes."""
    quiet = SourceState(False, last=at(0.0), samples=(Sample(False, at(0.0), 1.0),), pending=Sample(True, at(0.0), 1.0))
    own = occupied(s1=quiet)
    now = at(3 * DAY_S)
    told = update_sources(bay(OWN), own, now, reading(True, now.mono_s)).runtime.sources["s1"]
    assert (told.accepted, [sample.occupied for sample in told.samples]) == (True, [True])
    assert told.samples[0].gap_s == 3 * DAY_S
    slow = occupied(s1=structs.replace(quiet, last=at(0.0), samples=(Sample(False, at(0.0), 100.0),)))
    measured = update_sources(bay(SLOW), slow, at(400.0), reading(600, 400.0, "distance_mm")).runtime.sources["s1"]
    assert (measured.accepted, [sample.occupied for sample in measured.samples]) == (True, [False, True])
    awake = update_sources(bay(SLOW), slow, at(149.0), reading(600, 149.0, "distance_mm")).runtime.sources["s1"]
    assert awake.accepted is False, "it was not silent"


def made(*letters: str, boot: str = "boot-1", trusted: bool = True, period_s: float = 60.0) -> tuple[Sample, ...]:
    return tuple(Sample(each == "T", at(n * period_s, boot, trusted), period_s) for n, each in enumerate(letters))


@pytest.mark.parametrize(("ago_s", "kept"), [(300.0, 4), (300.5, 1)])
def test_votes_before_a_restart_count_on_unless_the_silence_was_longer_than_they_reach(ago_s: float, kept: int) -> None:
    state = BayState(False, at(0.0), pending_samples={"s1": made("F", "T", "T")})
    now = at(120.0 + ago_s)
    source_state = update_sources(bay(SLOW), state, now, reading(600, now.mono_s, "distance_mm")).runtime.sources["s1"]
    assert len(source_state.samples) == kept


@pytest.mark.parametrize(("letters", "kept"), [("FFT", 1), ("FTT", 4)])
def test_where_no_clock_tells_how_long_ago_it_was_one_vote_alone_may_have_been_wrong(letters: str, kept: int) -> None:
    state = BayState(False, at(0.0), pending_samples={"s1": made(*letters, boot="boot-0", trusted=False)})
    source_state = update_sources(bay(SLOW), state, at(10.0), reading(600, 10.0, "distance_mm")).runtime.sources["s1"]
    assert len(source_state.samples) == kept


def test_votes_that_were_kept_for_dating_go_before_those_that_decide() -> None:
    state = BayState(False, at(0.0), pending_samples={"s1": made(*"FFFFFFFT")})
    source_state = update_sources(bay(SLOW), state, at(480.0), reading(600, 480.0, "distance_mm")).runtime.sources["s1"]
    assert [sample.occupied for sample in source_state.samples] == [False, False, False, True, True]
    assert len(source_state.earlier) == 4


def test_where_no_votes_were_kept_what_counts_was_said_at_a_time_that_nobody_knows() -> None:
    source_state = update_sources(
        bay(SLOW), BayState(True, at(40.0)), at(60.0), reading(600, 60.0, "distance_mm")
    ).runtime.sources["s1"]
    assert source_state.earlier == (Sample(True, at(40.0), None),) * 5
    assert source_state.samples == (Sample(True, at(60.0), 20.0, distance_mm=600.0),)
    for unknown in (BayState(None, at(40.0)), BayState(True, None)):
        assert (
            update_sources(bay(SLOW), unknown, at(60.0), reading(600, 60.0, "distance_mm"))
            .runtime.sources["s1"]
            .earlier
            == ()
        )


def test_pending_states_of_all_sources_count_when_they_have_held() -> None:
    pending = {
        name: SourceState(None, last=at(0.0), samples=(Sample(True, at(0.0), 1.0),), pending=Sample(True, at(0.0), 1.0))
        for name in ("s1", "s2")
    }
    sources = (
        structs.replace(OWN, dwell_s=5.0),
        structs.replace(OWN, name="s2", told_by=frozenset({"s2"}), dwell_s=7.0),
    )
    for now_s, accepted in ((4.9, [None, None]), (5.0, [True, None]), (7.0, [True, True])):
        state = settle_pending(bay(*sources), occupied(**pending), at(now_s))
        assert [state.runtime.sources[name].accepted for name in ("s1", "s2")] == accepted


def test_the_first_that_speaks_and_has_a_state_leads_and_the_others_are_evidence() -> None:
    sources = (OWN, ZONE)
    free, taken = SourceState(False, last=at(0.0)), SourceState(True, last=at(0.0))
    for source_state, lead, said in (
        ({"s1": free, "z": taken}, "s1", {"s1": False, "z": True}),
        ({"s1": structs.replace(free, unreachable=True), "z": taken}, "z", {"z": True}),
        ({"s1": SourceState(None, last=at(0.0)), "z": taken}, "z", {"z": True}),
        ({"s1": structs.replace(free, last=None), "z": SourceState()}, None, {}),
        ({}, None, {}),
    ):
        found = leading(sources, source_state, at(1.0))
        assert (found and found.name) == lead
        assert states(sources, source_state, at(1.0)) == said
    assert disagree({"s1": True, "z": False}) and not disagree({"s1": True, "z": True}) and not disagree({})
    assert evidence(sources, {"s1": True, "z": True}) == "both"
    assert evidence(sources, {"s1": False, "z": True}) == "camera"
    assert evidence(sources, {"s1": True, "z": False}) == "bay_sensor"
    assert evidence(sources, {}) == "bay_sensor"
