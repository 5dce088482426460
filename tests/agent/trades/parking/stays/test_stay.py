"""How long a vehicle has stood there for certain, across restarts and wrong clocks, to the second."""

import pytest
from msgspec import structs

from agent.clock import Moment
from agent.regulation import Stage
from agent.trades.parking.stays.stay import (
    BayStay,
    Length,
    corrected,
    entered_unix_s,
    length,
    mark_contradicted,
    mark_presumed,
    observe,
    start,
    total_clock_step_s,
)

NOON = 1.8e9


def at(mono_s: float, boot: str = "boot-one", *, unix_s: float | None = None, trusted: bool = True) -> Moment:
    """Builds a moment by clocks that agree, unless the wall clock is told to be elsewhere."""
    return Moment(NOON + mono_s if unix_s is None else unix_s, mono_s, boot, trusted)


def untrusted(mono_s: float, boot: str = "boot-one") -> Moment:
    return Moment(mono_s, mono_s, boot, False)


def begin(entered: Moment) -> BayStay:
    return start("b1", entered, 1.0)


def test_the_key_of_a_stay_tells_bay_boot_and_millisecond() -> None:
    stay = start("b1", at(1234.5678, "0123456789abcdef"), 2.0, benefit_of_doubt_s=3.0)
    assert stay.key == "b1.01234567.1234568"
    assert (stay.gap_s, stay.benefit_of_doubt_s, stay.counted_s, stay.clock_step_s) == (2.0, 3.0, 0.0, 0.0)
    assert stay.entered == stay.counted_to == stay.seen_from
    assert begin(at(0.0)).benefit_of_doubt_s == 0.0


def test_of_a_stay_that_was_stored_with_no_more_than_it_must_have_nothing_is_held_against_it() -> None:
    stay = BayStay("b1.x.1", at(0.0), None, at(0.0))
    assert (stay.counted_s, stay.benefit_of_doubt_s, stay.clock_step_s) == (0.0, 0.0, 0.0)
    assert (stay.continuity, stay.stage, stay.exempt_by, stay.seen_from) == ("certain", "", frozenset(), None)


@pytest.mark.parametrize(
    ("told", "stage"),
    [({}, ""), ({"a": "limit"}, "limit"), ({"a": "grace", "b": "limit"}, "grace"), ({"a": "", "b": "limit"}, "limit")],
)
def test_the_stage_is_the_farthest_under_any_order(told: dict[str, Stage], stage: Stage) -> None:
    assert structs.replace(begin(at(0.0)), reported_stage=told).stage == stage


def test_within_one_boot_the_length_is_that_of_the_monotonic_clock_whatever_the_wall_clock_does() -> None:
    stay = begin(at(100.0))
    assert length(stay, at(400.0)) == Length(300.0, exact=True)
    assert length(stay, at(400.0, unix_s=0.0)) == Length(300.0, exact=True)
    assert length(stay, untrusted(400.0)) == Length(300.0, exact=True)


def test_across_boots_the_length_is_that_of_the_wall_clock_where_it_was_trusted_at_both_ends() -> None:
    stay = begin(at(100.0))
    assert length(stay, at(7.0, "boot-two", unix_s=NOON + 5100.0)) == Length(5000.0, exact=True)
    assert length(stay, untrusted(7.0, "boot-two")) == Length(0.0, exact=False)
    assert length(begin(untrusted(100.0)), at(7.0, "boot-two")) == Length(0.0, exact=False)


def test_what_was_counted_is_certain_where_no_clock_tells() -> None:
    stay = observe(begin(untrusted(100.0)), untrusted(400.0))
    assert length(stay, untrusted(50.0, "boot-two")) == Length(300.0, exact=False)
    second = observe(observe(stay, untrusted(10.0, "boot-two")), untrusted(60.0, "boot-two"))
    assert second.counted_s == 350.0, "the pause between two boots is not counted"
    assert length(second, untrusted(70.0, "boot-two")) == Length(360.0, exact=False)


@pytest.mark.parametrize(("behind_s", "exact"), [(1.0, True), (1.001, False)])
def test_a_wall_clock_that_says_less_than_was_counted_is_not_believed_beyond_a_second(
    behind_s: float, exact: bool
) -> None:
    stay = observe(begin(at(0.0)), at(300.0))
    seconds, is_exact = structs.astuple(length(stay, at(7.0, "boot-two", unix_s=NOON + 300.0 - behind_s)))
    assert is_exact is exact
    assert seconds == pytest.approx(300.0 - behind_s if exact else 300.0)


@pytest.mark.parametrize(
    ("step_s", "expected"),
    [
        (1.0, Length(5000.0, exact=True)),
        (1.25, Length(5000.0 - 1.25, exact=False)),
        (3600.0, Length(5000.0 - 3600.0, exact=False)),
        (4900.0, Length(300.0, exact=False)),
        (-1.0, Length(5000.0, exact=True)),
        (-1.25, Length(5000.0, exact=False)),
        (-3600.0, Length(5000.0, exact=False)),
    ],
)
def test_of_a_clock_that_was_set_meanwhile_only_what_is_certain_is_told_after_a_restart(
    step_s: float, expected: Length
) -> None:
    """It was set forward or back by so much while the box was on; 5000 s have passed by it, 300 s were counted."""
    now = at(7.0, "boot-two", unix_s=NOON + 5000.0)
    stay = structs.replace(begin(at(0.0)), counted_s=300.0, counted_to=now, clock_step_s=step_s)
    assert length(stay, now) == expected
    within = structs.replace(begin(at(0.0)), clock_step_s=step_s)
    assert length(within, at(300.0)) == Length(300.0, exact=True), "within the boot nobody asks it"


def test_a_restart_does_not_lengthen_what_was_counted_but_by_a_clock_that_is_trusted_since() -> None:
    """Set forward by an hour after 300 s; 4700 s later, in another boot, both ways of counting agree."""
    stay = observe(begin(at(0.0)), at(300.0, unix_s=NOON + 3900.0))
    assert length(stay, at(7.0, "boot-two", unix_s=NOON + 8600.0)) == Length(5000.0, exact=False)


@pytest.mark.parametrize(("until_s", "expected"), [(99.5, (0.0, True)), (98.0, (0.0, False)), (100.0, (0.0, True))])
def test_no_stay_is_shorter_than_nothing(until_s: float, expected: tuple[float, bool]) -> None:
    assert structs.astuple(length(begin(at(100.0)), at(until_s))) == expected


def test_a_stay_may_end_before_it_was_last_seen() -> None:
    """One wrong reading saw it later. In another boot nobody knows which of the two was first."""
    stay = observe(begin(untrusted(0.0)), untrusted(300.0))
    assert length(stay, untrusted(250.0)) == Length(250.0, exact=True)
    lost = structs.replace(stay, entered=untrusted(0.0, "boot-zero"))
    assert length(lost, untrusted(250.0)) == Length(250.0, exact=False)
    wall = structs.replace(lost, counted_to=at(300.0))
    assert length(wall, at(7.0, "boot-two", unix_s=NOON + 200.0)) == Length(300.0, exact=False)


def test_what_is_seen_again_in_the_same_boot_is_counted_and_never_backwards() -> None:
    stay = observe(begin(at(100.0)), at(160.0))
    assert (stay.counted_s, stay.counted_to, stay.seen_from) == (60.0, at(160.0), at(100.0))
    back = observe(stay, at(150.0))
    assert back.counted_s == 60.0
    after = observe(stay, at(5.0, "boot-two", unix_s=NOON + 900.0))
    assert (after.counted_s, after.counted_to, after.seen_from) == (
        60.0,
        after.counted_to,
        at(5.0, "boot-two", unix_s=NOON + 900.0),
    )


@pytest.mark.parametrize(("step_s", "noted"), [(1.0, 0.0), (1.5, 1.5), (-1.0, 0.0), (-1.5, -1.5), (3600.0, 3600.0)])
def test_a_step_of_the_wall_clock_is_noted_beyond_a_second(step_s: float, noted: float) -> None:
    stay = begin(at(100.0))
    moved = at(400.0, unix_s=NOON + 400.0 + step_s)
    assert total_clock_step_s(stay, moved) == noted
    assert observe(stay, moved).clock_step_s == noted


def test_steps_of_the_wall_clock_add_up_and_what_no_clock_tells_adds_nothing() -> None:
    stay = structs.replace(begin(at(100.0)), clock_step_s=10.0)
    assert total_clock_step_s(stay, at(400.0, unix_s=NOON + 405.0)) == 15.0
    assert total_clock_step_s(stay, untrusted(400.0)) == 10.0
    assert total_clock_step_s(stay, at(400.0, "boot-two", unix_s=NOON)) == 10.0
    assert total_clock_step_s(structs.replace(stay, counted_to=untrusted(100.0)), at(400.0, unix_s=NOON)) == 10.0


def test_readings_against_a_stay_leave_nothing_of_it_proven() -> None:
    doubted = mark_contradicted(begin(at(100.0)), at(400.0))
    assert (doubted.continuity, doubted.benefit_of_doubt_s) == ("presumed", 300.0)


def test_a_doubt_is_left_on_a_stay_where_there_is_one() -> None:
    assert mark_presumed(None) is None
    doubted = mark_presumed(begin(at(100.0)))
    assert doubted is not None and doubted.continuity == "presumed"


def test_a_clock_that_is_set_later_dates_the_moments_of_its_own_boot() -> None:
    set_s = NOON + 5000.0
    now = Moment(set_s, 500.0, "boot-one", True)
    assert corrected(None, now) is None
    stay = corrected(observe(begin(untrusted(100.0)), untrusted(300.0)), now)
    assert stay is not None
    assert stay.entered == Moment(set_s - 400.0, 100.0, "boot-one", True) == stay.seen_from
    assert stay.counted_to == Moment(set_s - 200.0, 300.0, "boot-one", True)
    foreign = corrected(structs.replace(begin(untrusted(100.0, "boot-zero")), seen_from=None), now)
    assert foreign is not None
    assert (foreign.entered, foreign.seen_from) == (untrusted(100.0, "boot-zero"), None)


def test_when_a_stay_began_by_the_wall_clock_is_its_length_ago() -> None:
    stay = begin(at(100.0))
    stepped = at(400.0, unix_s=NOON + 4000.0)
    assert entered_unix_s(stay, stepped) == NOON + 4000.0 - 300.0, "a step within this boot does not move it"
    after = at(7.0, "boot-two", unix_s=NOON + 900.0)
    assert entered_unix_s(stay, after) == NOON + 100.0


def test_where_nobody_knows_when_a_stay_began_it_is_since_when_it_is_watched() -> None:
    stay = observe(begin(untrusted(100.0)), untrusted(5.0, "boot-two"))
    now = Moment(NOON + 65.0, 65.0, "boot-two", True)
    assert entered_unix_s(stay, now) == NOON + 5.0
    assert entered_unix_s(structs.replace(stay, seen_from=None), now) == NOON + 65.0
    assert entered_unix_s(structs.replace(stay, seen_from=untrusted(80.0, "boot-two")), now) == NOON + 65.0
    assert entered_unix_s(structs.replace(stay, seen_from=untrusted(5.0, "boot-three")), now) == NOON + 65.0
