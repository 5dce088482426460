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
