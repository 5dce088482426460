"""The time at which a state changed, by the readings on both sides of the change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agent.clock import Moment
from agent.regulation import order_of
from agent.trades.parking.options import BayOptions
from agent.trades.parking.sensors.change_point import locate_change
from agent.trades.parking.sensors.source import Sample, source_of
from agent.trades.parking.stays.bay import step
from agent.trades.parking.stays.state import Bay, BayState, initial
from drivers.base import Reading, Reporting

PERIOD_S, REACH = 60.0, 5
SLOW = source_of("s", BayOptions(sensor="s"), Reporting(PERIOD_S, "distance"))
MM = {"T": 600, "F": 2500, "-": 0xFFFD}


def votes(letters: str) -> list[Sample]:
    """T and F a period apart, at 0, 60 ...; "." is a reading that was lost."""
    found: list[Sample] = []
    for number, letter in enumerate(letters):
        at = Moment(1.8e9 + number * PERIOD_S, number * PERIOD_S, "boot", True)
        if letter != ".":
            found.append(Sample(letter == "T", at, at.elapsed_since(found[-1].at) if found else None))
    return found


@pytest.mark.parametrize(
    ("letters", "at_s", "gap_s"),
    [
        ("FFFFTTTT", 240.0, 60.0),
        ("FFFTFTTT", 240.0, 120.0),  # at 180 or at 300
        ("FFTTFFTTTT", 240.0, 180.0),  # two wrong after it at 120, or two before it at 360
        ("FTFFFTTT", 300.0, 60.0),
        ("FFFF.TTTT", 270.0, 90.0),
        ("FFFF..TTT", 300.0, 120.0),
        ("FFF.TFTTT", 270.0, 150.0),
        ("FFFF....TTTT", 360.0, 180.0),  # the longest gap that is none
        ("FFFF.....TTTT", 540.0, 360.0),  # a silence
        ("FFFF......TTTT", 600.0, 420.0),
    ],
)
def test_the_fewest_votes_are_wrong_and_of_places_as_likely_it_is_the_middle(
    letters: str, at_s: float, gap_s: float
) -> None:
    change = locate_change(votes(letters), True, REACH)
    assert (change.occupied, change.at.mono_s, change.gap_s) == (True, at_s, gap_s)


def test_of_what_nobody_knows_how_long_it_lasted_the_gap_is_not_known() -> None:
    change = locate_change(votes("TTTT"), True, REACH)
    assert (change.at.mono_s, change.gap_s) == (0.0, None)


def test_of_two_places_with_a_restart_between_them_that_no_clock_measured_it_is_the_later_one() -> None:
    before, after = votes("FFFFT")[-2:], votes("FTTT")
    later = [Sample(each.occupied, structs.replace(each.at, boot="next", trusted=False), 60.0) for each in after]
    change = locate_change([*before, *later], True, REACH)
    assert (change.at, change.gap_s) == (later[1].at, None)


def test_of_three_places_with_a_restart_after_the_first_it_is_the_last() -> None:
    first, *others = votes("TFTFT")
    later = [Sample(each.occupied, structs.replace(each.at, boot="next", trusted=False), 60.0) for each in others]
    assert locate_change([first, *later], True, REACH) == Sample(True, later[3].at, None)


@given(st.text("TF.", min_size=1, max_size=12), st.booleans())
def test_every_place_with_the_fewest_wrong_votes_lies_within_what_is_told(letters: str, to: bool) -> None:
    source_state = votes(letters)
    if not any(each.occupied == to for each in source_state):
        return
    wrong = [
        sum(each.occupied == to for each in source_state[:at]) + sum(each.occupied != to for each in source_state[at:])
        for at in range(len(source_state))
    ]
    places = [each for each, number in zip(source_state, wrong, strict=True) if number == min(wrong)]
    change = locate_change(source_state, to, REACH)
    assert places[0].at.mono_s - PERIOD_S * REACH <= change.at.mono_s <= places[-1].at.mono_s
    if change.gap_s is not None and places[0].gap_s is not None:
        earliest_s = places[0].at.mono_s - places[0].gap_s
        assert change.at.mono_s - change.gap_s <= earliest_s + 1e-6
        assert places[-1].at.mono_s <= change.at.mono_s + change.gap_s


def entered_and_proven_s(letters: str) -> tuple[float, float]:
    """Returns when the stay begins that these readings tell, and from when on time counts against the vehicle."""
    bay = Bay("b", (SLOW,), order_of(BayOptions(sensor="s"), {}, "Europe/Paris", "fr"), 600.0)
    state: BayState = initial()
    for number, letter in enumerate(letters):
        now = Moment(1.8e9 + number * PERIOD_S, number * PERIOD_S, "boot", True)
        if letter != ".":
            state = step(bay, state, now, Reading("s", "distance_mm", MM[letter], now.mono_s)).state
    assert state.stay is not None
    entered_s = state.stay.entered.mono_s
    return entered_s, entered_s + state.stay.benefit_of_doubt_s


@pytest.mark.parametrize(
    ("letters", "entered_s", "proven_s"),
    [
        ("FFFFFFTTTT", 360.0, 420.0),
        ("FFFFF.TTTT", 330.0, 420.0),
        ("FFFFF-TTTT", 330.0, 420.0),
        ("FFFFFTTFFTTTT", 420.0, 600.0),
        ("FFFFFFTFTTT", 420.0, 540.0),
    ],
)
def test_a_stay_may_begin_earlier_than_it_counts_and_counts_from_the_readings_that_prove_it(
    letters: str, entered_s: float, proven_s: float
) -> None:
    assert entered_and_proven_s(letters) == (entered_s, proven_s)


def test_readings_of_the_stay_before_do_not_date_the_next() -> None:
    """A short time between two stays has few readings of its own."""
    assert entered_and_proven_s("FFFFFTTTTTTTTTFFFFTTTT")[0] == 18 * PERIOD_S
