from datetime import UTC, datetime, timedelta, timezone

import pytest

from agent.simulate.evening import VirtualClock

START = datetime(2026, 8, 21, 20, 45, tzinfo=timezone(timedelta(hours=2)))


def test_the_wall_runs_fast_and_durations_stay_real() -> None:
    mono_s = [1000.0]
    clock = VirtualClock(START, 120.0, lambda: mono_s[0])
    began = clock.now()
    mono_s[0] += 5.0
    later = clock.now()
    assert began.utc == datetime(2026, 8, 21, 18, 45, tzinfo=UTC)
    assert later.utc - began.utc == timedelta(minutes=10)
    assert later.elapsed_since(began) == 5.0
    assert later.trusted


def test_a_monotonic_value_of_the_past_becomes_the_virtual_moment_of_then() -> None:
    clock = VirtualClock(START, 60.0, lambda: 100.0)
    assert clock.moment_at(99.0).utc == START - timedelta(minutes=1)
    assert clock.moment_at(99.0).boot == clock.boot


@pytest.mark.parametrize(("start", "speed"), [(START.replace(tzinfo=None), 1.0), (START, 0.0), (START, -2.0)])
def test_a_clock_without_a_zone_or_that_does_not_run_is_refused(start: datetime, speed: float) -> None:
    with pytest.raises(ValueError, match=r"zone|fast"):
        VirtualClock(start, speed)
