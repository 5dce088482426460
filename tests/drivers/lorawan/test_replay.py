"""How long frames had waited at the broker: related to the server's clock, one way or another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lorawan.replay import (
    AHEAD_S,
    HOLD_S,
    MOST_HELD,
    PAUSE_S,
    STALL_S,
    VOTES,
    Backlog,
    ReceivedFrame,
    _by_agreement,
)
from drivers.lorawan.uplink import UplinkFrame

DAY_S = 86400.0
SERVER_S, WALL_S = 1.8e9, 1.8e9
"""What the server's clock and ours say when our monotonic clock is 0."""


def frame(received_s: float | None, server_s: float = SERVER_S) -> UplinkFrame:
    """One that was received then, by our monotonic clock."""
    sent_s = None if received_s is None else server_s + received_s
    return UplinkFrame("70b3d5a1c0de0001", 1, 0, b"", sent_s=sent_s)


class Line:
    """A connection that begins at 1000 s."""

    def __init__(self, resumed: bool = True, wall_s: float | None = WALL_S) -> None:
        self.backlog, self.wall_s = Backlog(7 * DAY_S), wall_s
        self.now_s = 999.0
        self.connect(resumed)

    def connect(self, resumed: bool = True) -> None:
        self.now_s += 1.0
        self.backlog.connected(self.now_s, resumed)

    def unix_s(self) -> float | None:
        return None if self.wall_s is None else self.wall_s + self.now_s

    def hear(self, heard: UplinkFrame, after_s: float = 0.01, *, own: bool = True) -> list[float | None]:
        self.now_s += after_s
        return waited(self.backlog.came(heard, self.now_s, self.unix_s(), own=own))

    def look(self, after_s: float) -> list[float | None]:
        self.now_s += after_s
        return waited(self.backlog.look(self.now_s, self.unix_s()))


def waited(found: list[ReceivedFrame]) -> list[float | None]:
    return [None if each.delay_s is None else round(each.delay_s, 1) for each in found]


def test_with_a_clock_of_our_own_each_is_dated_at_once() -> None:
    line = Line()
    assert line.hear(frame(100.0)) == [900.0]
    assert line.hear(frame(940.0)) == [60.0]
    assert line.hear(frame(999.0)) == [0.0], "that was its way here"
    assert line.hear(frame(1030.0)) == [0.0], "by a clock that is a little ahead"


def test_without_a_session_from_before_nothing_has_waited() -> None:
    assert Line(resumed=False).hear(frame(100.0)) == [0.0]


def test_what_comes_after_a_pause_has_not_waited() -> None:
    line = Line()
    assert line.hear(frame(100.0)) == [900.0]
    assert line.hear(frame(500.0), STALL_S) == [0.0], "whatever the server's clock says"
    assert line.hear(frame(None)) == [0.0]


def test_a_frame_that_seems_old_after_a_short_pause_has_waited_all_the_same() -> None:
    """The network stalls while the broker hands over what it has kept."""
    line = Line()
    assert line.hear(frame(100.0)) == [900.0]
    assert line.hear(frame(500.0), PAUSE_S + 0.5) == [501.5]
    assert line.hear(frame(600.0)) == [401.5]
    assert line.hear(frame(1002.5), PAUSE_S) == [0.0]


def test_without_a_clock_they_are_held_until_one_comes_live() -> None:
    line = Line(wall_s=None)
    assert line.hear(frame(100.0)) == line.hear(frame(400.0)) == line.look(1.0) == []
    assert line.backlog.holds
    assert line.hear(frame(1011.0), 10.0) == [911.0, 611.0, 0.0]
    assert not line.backlog.holds


def test_or_until_the_clock_is_set() -> None:
    line = Line(wall_s=None)
    assert line.hear(frame(100.0)) == []
    line.wall_s = WALL_S
    assert line.look(1.0) == [901.0]


def test_or_for_a_minute_and_the_youngest_counts_as_if_it_had_just_come() -> None:
    line = Line(wall_s=None)
    assert line.hear(frame(100.0)) == line.hear(frame(400.0)) == line.look(HOLD_S - 1.0) == []
    assert line.look(1.0) == []
    assert line.backlog.takes_all, "younger ones may wait behind those that nobody has acknowledged"
    assert line.look(PAUSE_S) == [361.0, 61.0], "received when they came or before, and that is a minute ago"
    assert not line.backlog.takes_all


def test_of_a_flood_no_more_are_held_than_memory_is_kept_for() -> None:
    """However soon it comes: what is held is dated as well as can be done then."""
    line = Line(wall_s=None)
    told = [count for n in range(2 * MOST_HELD) if (count := len(line.hear(frame(100.0 + n / 1e4), 1e-4)))]
    assert told == [MOST_HELD, MOST_HELD] and not line.backlog.holds


def test_the_youngest_is_looked_for_among_all_that_wait() -> None:
    line = Line(wall_s=None)
    assert line.hear(frame(100.0)) == line.hear(frame(400.0)) == line.look(HOLD_S) == []
    assert line.hear(frame(600.0)) == line.hear(frame(900.0)) == []
    assert line.look(PAUSE_S) == [801.0, 501.0, 301.0, 1.0]


def test_what_was_taken_over_from_the_broker_outlives_the_connection() -> None:
    line = Line(wall_s=None)
    assert line.hear(frame(100.0)) == line.hear(frame(400.0)) == line.look(HOLD_S) == []
    line.connect(resumed=False)
    assert line.look(PAUSE_S) == [362.0, 62.0]
    assert line.hear(frame(100.0)) == [0.0]


def test_no_more_are_held_than_there_is_room_for_however_fast_they_come() -> None:
    line = Line(wall_s=None)
    found = [line.hear(frame(100.0 + number / 1000), 0.001) for number in range(MOST_HELD)]
    assert all(each == [] for each in found[:-1]) and len(found[-1]) == MOST_HELD
    assert not line.backlog.holds


@pytest.mark.parametrize("off_s", [2 * AHEAD_S, -8 * DAY_S])
def test_a_clock_that_cannot_be_right_is_not_asked(off_s: float) -> None:
    line = Line()
    assert line.hear(frame(100.0, SERVER_S + 900.0 + off_s)) == []
    assert line.hear(frame(1003.0, SERVER_S + 900.0 + off_s), 3.0) == [903.0, 0.0]
    assert line.backlog.off_s(line.unix_s() or 0.0, line.now_s) == pytest.approx(900.0 + off_s, abs=1.0)


def test_what_came_live_before_tells_after_a_cut_without_any_clock() -> None:
    line = Line(wall_s=None)
    line.hear(frame(1005.0), 5.0)
    line.now_s += 600.0
    line.connect()
    assert line.hear(frame(1300.0)) == [306.0]


def test_a_time_that_is_none_or_older_than_the_session_dates_nothing() -> None:
    line = Line()
    assert line.hear(frame(990.0)) == [10.0]
    assert line.hear(frame(None)) == [None]
    assert line.hear(frame(-8 * DAY_S)) == [None]


FAR_OFF_S = 54 * 365 * DAY_S
"""It is so far from today to 2080, or back to 1970."""


@pytest.mark.parametrize("off_s", [FAR_OFF_S, -FAR_OFF_S, 8 * DAY_S, 3600.0])
@pytest.mark.parametrize("wall_s", [WALL_S, None])
@pytest.mark.parametrize("at", range(6))
def test_one_wrong_time_costs_no_other_frame_its_own(at: int, wall_s: float | None, off_s: float) -> None:
    """Whether ours is set or not, and wherever among those that waited it stands."""
    if wall_s is None and (at, off_s) == (5, 3600.0):
        pytest.skip("the youngest of all is ahead of the others by no more than it may be: nothing tells")
    line = Line(wall_s=wall_s)
    sent_s = [300.0, 400.0, 500.0, 600.0, 700.0]
    frames = [frame(each) for each in sent_s]
    frames.insert(at, frame(650.0 + off_s))
    got = [delay for each in frames for delay in line.hear(each)]
    got += line.look(HOLD_S) + line.look(PAUSE_S)
    others = got[:at] + got[at + 1 :]
    youngest_s = 1000.0 if wall_s is not None else 700.0
    assert others == pytest.approx([youngest_s - each for each in sent_s], abs=HOLD_S + 2 * PAUSE_S)


def test_a_wrong_time_among_those_that_came_live_decides_nothing_after_a_cut() -> None:
    line = Line(wall_s=None)
    line.hear(frame(1005.0), 5.0)
    line.hear(frame(1010.0 + FAR_OFF_S), 5.0)
    line.now_s += 600.0
    line.connect()
    assert line.hear(frame(1300.0)) == [311.0]


def test_the_only_one_that_came_live_is_not_believed_against_all_that_waited() -> None:
    line = Line(wall_s=None)
    line.hear(frame(1005.0 + FAR_OFF_S), 5.0)
    line.now_s += 600.0
    line.connect()
    got = [delay for each in (1300.0, 1400.0, 1500.0) for delay in line.hear(frame(each))]
    got += line.look(HOLD_S) + line.look(PAUSE_S)
    assert got == pytest.approx([200.0, 100.0, 0.0], abs=HOLD_S + 2 * PAUSE_S)


def test_a_wrong_time_after_a_short_pause_does_not_end_what_waits() -> None:
    line = Line()
    assert line.hear(frame(100.0)) == [900.0]
    assert line.hear(frame(100.0 + FAR_OFF_S), PAUSE_S) == [], "which of the two is wrong, a third one tells"
    assert line.hear(frame(600.0)) == [None, 401.0]


def test_the_times_of_strangers_tell_nothing() -> None:
    line = Line(wall_s=None)
    for _ in range(100):
        line.hear(frame(900.0 + FAR_OFF_S), own=False)
    line.hear(frame(900.0 + FAR_OFF_S), PAUSE_S, own=False)
    assert line.hear(frame(800.0)) == []
    assert [each for each in line.look(HOLD_S) + line.look(PAUSE_S) if each is not None] == [61.0]


@given(st.lists(st.floats(-200, 200, allow_nan=False) | st.sampled_from([0.0, 60.0, -60.0]), min_size=1, max_size=64))
def test_votes_are_counted_as_by_hand(values: list[float]) -> None:
    """Each group is looked for as it is defined, which takes the square of the time."""

    def group(low: float) -> list[float]:
        return [value for value in values if low <= value <= low + AHEAD_S]

    groups = sorted((group(low) for low in dict.fromkeys(reversed(values))), key=len, reverse=True)
    assert _by_agreement(values) == [max(each) for each in groups]


class Compared(float):
    """A number that counts how often it is compared with another."""

    times = 0

    def __lt__(self, other: float) -> bool:
        Compared.times += 1
        return float(self) < float(other)

    def __le__(self, other: float) -> bool:
        Compared.times += 1
        return float(self) <= float(other)


def test_many_votes_cost_little() -> None:
    """Whoever floods with frames can have as many votes counted for each as are kept."""
    Compared.times = 0
    _by_agreement([Compared(number * 37 % VOTES) for number in range(VOTES)])
    assert 0 < Compared.times < VOTES * VOTES / 2
