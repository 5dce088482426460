"""How much may pass in a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.uplink.rate_limit import CommandLimiter, TokenBucket


def test_a_burst_passes_at_once_and_then_one_at_a_time() -> None:
    tokens = TokenBucket(per_s=2.0, burst=3.0, now_s=10.0)
    assert [tokens.take(10.0) for _ in range(4)] == [True, True, True, False]
    assert tokens.wait_s(10.0) == 0.5
    assert tokens.take(10.5)
    assert not tokens.take(10.6)


@given(st.floats(0.1, 100), st.floats(1, 50), st.lists(st.floats(0, 5), max_size=200))
def test_never_more_than_the_burst_and_the_rate(per_s: float, burst: float, pauses_s: list[float]) -> None:
    tokens, now_s, passed = TokenBucket(per_s, burst, 0.0), 0.0, 0
    for pause_s in pauses_s:
        now_s += pause_s
        passed += tokens.take(now_s)
        assert passed <= burst + now_s * per_s + 1e-6
    now_s += tokens.wait_s(now_s) + 1e-6
    assert tokens.take(now_s)


def test_what_the_pole_itself_is_told_takes_nothing_from_its_lamps() -> None:
    gate = CommandLimiter(0.0)
    told = [gate.decide(0.0, to_pole=True) for _ in range(gate.POLE_AT_ONCE + 1)]
    assert told == ["hear"] * gate.POLE_AT_ONCE + ["refuse"]
    assert gate.decide(0.0) == "hear"
    assert gate.decide(60 / gate.POLE_PER_MINUTE, to_pole=True) == "hear"


def test_a_flood_of_commands_is_refused_and_its_refusals_are_bounded() -> None:
    gate = CommandLimiter(0.0)
    verdicts = [gate.decide(n / 1000) for n in range(10_000)]
    assert verdicts[: gate.COMMANDS_AT_ONCE] == ["hear"] * gate.COMMANDS_AT_ONCE
    assert verdicts.count("hear") <= gate.COMMANDS_AT_ONCE + 10 * gate.COMMANDS_PER_S
    assert 0 < verdicts.count("refuse") <= gate.REFUSALS_AT_ONCE + 1
    assert gate.dropped == len(verdicts) - verdicts.count("hear")
    assert gate.last_dropped_s == 9.999
    assert gate.decide(100.0) == "hear", "after the flood it is quiet"
    assert gate.last_dropped_s == 9.999


def test_a_flood_is_logged_once_and_another_one_again(caplog: pytest.LogCaptureFixture) -> None:
    gate = CommandLimiter(0.0)
    for now_s in (1.0, 2.0, 3000.0, 10_000.0):
        gate.count_dropped(now_s)
    assert (gate.dropped, len(caplog.records)) == (4, 2)


def test_a_bucket_fills_to_its_burst_and_no_further() -> None:
    tokens = TokenBucket(per_s=2.0, burst=3.0, now_s=10.0)
    assert [tokens.take(1000.0) for _ in range(4)] == [True, True, True, False]
    assert tokens.take(1000.5) and not tokens.take(1000.5)
    assert tokens.wait_s(1000.75) == 0.25
    assert tokens.wait_s(1001.0) == 0.0 == tokens.wait_s(2000.0), "it never waits for what is past"


def test_exactly_one_is_enough_for_one_to_pass() -> None:
    tokens = TokenBucket(per_s=1.0, burst=1.0, now_s=0.0)
    assert tokens.take(0.0)
    assert not tokens.take(0.875)
    assert tokens.take(1.0)


@pytest.mark.parametrize(("pause_s", "warnings"), [(3600.0, 1), (3601.0, 2)])
def test_a_flood_that_comes_again_after_more_than_an_hour_is_another_one(
    pause_s: float, warnings: int, caplog: pytest.LogCaptureFixture
) -> None:
    gate = CommandLimiter(0.0)
    gate.count_dropped(10.0)
    gate.count_dropped(10.0 + pause_s)
    assert len(caplog.records) == warnings
    assert gate.last_dropped_s == 10.0 + pause_s


def test_a_hundred_commands_pass_at_once_and_five_a_second_and_ten_refusals_and_one_in_ten_seconds() -> None:
    gate = CommandLimiter(0.0)
    assert (gate.dropped, gate.last_dropped_s) == (0, None)
    at_once = [gate.decide(0.0) for _ in range(112)]
    assert at_once == ["hear"] * 100 + ["refuse"] * 10 + ["ignore"] * 2
    assert gate.dropped == 12
    after = [gate.decide(1.0) for _ in range(7)]
    assert after == ["hear"] * 5 + ["ignore"] * 2
    assert gate.dropped == 14
    gate = CommandLimiter(0.0)
    for _ in range(110):
        gate.decide(0.0)
    assert [gate.decide(10.0) for _ in range(52)] == ["hear"] * 50 + ["refuse", "ignore"]


def test_of_a_flood_to_lamps_nothing_more_is_read_and_of_one_to_the_pole_as_much_as_it_may_hear() -> None:
    gate = CommandLimiter(0.0)
    assert not gate.leaves_unread(0.0, may_be_to_pole=False), "while one would be answered it is read"
    while gate.decide(0.0) != "ignore":
        assert not gate.leaves_unread(0.0, may_be_to_pole=False) or not gate.leaves_unread(0.0, may_be_to_pole=True)
    assert gate.leaves_unread(0.0, may_be_to_pole=False)
    read = [not gate.leaves_unread(0.0, may_be_to_pole=True) for _ in range(2 * gate.LOOKS_AT_ONCE)]
    assert 0 < read.count(True) <= gate.LOOKS_AT_ONCE
    for _ in range(gate.POLE_AT_ONCE):
        assert gate.decide(0.0, to_pole=True) == "hear"
    assert gate.leaves_unread(1.0 / gate.COMMANDS_PER_S / 2, may_be_to_pole=True), "no bucket holds anything"
    assert not gate.leaves_unread(10.0, may_be_to_pole=False), "after the flood it is quiet"
