"""Wall time, whether to trust it, and durations that do not depend on it."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.clock import RELEASE_FLOOR_UNIX_S, Moment, SystemClock, boot_id

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC).timestamp()
IN_1970 = 60.0


class Wall:
    """A wall clock that a test can set."""

    def __init__(self, unix_s: float) -> None:
        self.unix_s = unix_s

    def __call__(self) -> float:
        return self.unix_s


def clock(wall: Wall, *, source: str = "ntp", synchronised: bool = True) -> SystemClock:
    return SystemClock(source, synchronised=lambda: synchronised, wall=wall, boot="b1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "synchronised", "unix_s", "trusted"),
    [
        ("ntp", True, NOW, True),
        ("ntp", False, NOW, False),
        ("ntp", True, IN_1970, False),
        ("rtc", False, NOW, True),
        ("rtc", True, IN_1970, False),
        ("rtc", False, RELEASE_FLOOR_UNIX_S - 1, False),
        ("ntp", True, RELEASE_FLOOR_UNIX_S, True),
    ],
)
def test_the_wall_clock_is_trusted_by_its_source_and_the_floor(
    source: str, synchronised: bool, unix_s: float, trusted: bool
) -> None:
    assert clock(Wall(unix_s), source=source, synchronised=synchronised).now().trusted is trusted


def test_promise_works_with_no_clock_a_lost_network_does_not_forget_the_time() -> None:
    answers = [False, True, False]
    system = SystemClock(synchronised=lambda: answers.pop(0), wall=Wall(NOW), boot="b1")
    assert [system.now().trusted for _ in range(5)] == [False, True, True, True, True]


def test_the_clock_that_is_set_changes_the_wall_and_not_the_monotonic_time() -> None:
    wall = Wall(IN_1970)
    system = clock(wall)
    before = system.now()
    wall.unix_s = NOW
    after = system.now()
    assert (before.trusted, after.trusted) == (False, True)
    assert after.utc.year == 2027
    since = after.elapsed_since(before)
    assert since is not None and 0 <= since < 60


def test_at_dates_a_monotonic_time_of_this_boot() -> None:
    system = clock(Wall(NOW))
    moment = system.moment_at(time.monotonic() - 10)
    assert moment.unix_s == pytest.approx(NOW - 10, abs=0.5)
    assert moment.boot == "b1"


def test_the_box_answers() -> None:
    assert len(boot_id()) == 36
    assert boot_id() == SystemClock().boot


def test_a_moment_is_corrected_only_within_its_boot_and_only_once() -> None:
    early = Moment(IN_1970, 100.0, "b1", False)
    now = Moment(NOW, 160.0, "b1", True)
    assert early.corrected(now) == Moment(NOW - 60, 100.0, "b1", True)
    assert early.corrected(now).corrected(Moment(NOW + 900, 161.0, "b1", True)) == Moment(NOW - 60, 100.0, "b1", True)
    assert early.corrected(Moment(NOW, 160.0, "b2", True)) == early
    assert early.corrected(Moment(NOW, 160.0, "b1", False)) == early


moments = st.builds(
    Moment,
    st.floats(0, 4e9),
    st.floats(0, 1e7),
    st.sampled_from(["b1", "b2"]),
    st.booleans(),
)


@given(moments, moments, st.floats(-1e9, 1e9))
def test_promise_durations_are_monotonic_whatever_the_wall_clock_does(a: Moment, b: Moment, jump_s: float) -> None:
    jumped = Moment(b.unix_s + jump_s, b.mono_s, b.boot, b.trusted)
    if a.boot == b.boot:
        assert jumped.elapsed_since(a) == b.elapsed_since(a) == b.mono_s - a.mono_s
    elif not (a.trusted and b.trusted):
        assert b.elapsed_since(a) is None
