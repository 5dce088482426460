"""Which frame is news: duplicates, frames that were overtaken, counters that start again."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from drivers.lorawan.counter import SURELY_LATER_S, WINDOW, FrameCounter
from drivers.lorawan.uplink import UplinkFrame

EUI = "70b3d5a1c0de0001"


def frame(f_cnt: int, key: str = "", session: str = "", sent_s: float | None = None) -> UplinkFrame:
    return UplinkFrame(EUI, 1, f_cnt, b"\x01", session, sent_s, key)


def verdicts(*frames: UplinkFrame) -> list[str]:
    counter = FrameCounter()
    return [str(counter.judge(each)) for each in frames]


def counted(*counters: int) -> list[str]:
    return verdicts(*map(frame, counters))


def test_the_first_frame_after_a_start_is_news_whatever_it_counts() -> None:
    assert counted(4711) == counted(0) == ["news"]


def test_a_lost_frame_is_no_matter() -> None:
    assert counted(1, 2, 40, 41) == ["news"] * 4


def test_the_same_frame_twice() -> None:
    assert counted(7, 7, 8, 7) == ["news", "duplicate", "news", "duplicate"]
    assert verdicts(frame(7, "a"), frame(7, "b")) == ["news", "duplicate"]


def test_a_message_delivered_again_is_known_by_its_key_even_after_newer_ones() -> None:
    assert verdicts(frame(3, "a"), frame(900, "b"), frame(3, "a")) == ["news", "news", "duplicate"]


def test_a_frame_that_was_overtaken_is_late_and_then_known() -> None:
    assert counted(10, 12, 11, 11, 13) == ["news", "news", "late", "duplicate", "news"]


def test_a_counter_that_starts_from_0_again() -> None:
    assert counted(500, 0, 1, 2) == ["news", "restarted", "news", "news"]


def test_one_that_starts_again_after_few_frames() -> None:
    assert counted(0, 1, 2, 0, 1, 2) == ["news", "news", "news", "restarted", "news", "news"]


def test_one_that_starts_again_beyond_0() -> None:
    assert counted(500, 500 - WINDOW - 1) == ["news", "restarted"]
    assert counted(500, 500 - WINDOW) == ["news", "late"]


def test_a_device_that_joined_anew_has_another_address() -> None:
    old, new = frame(5, session="01aa"), frame(3, session="01bb")
    assert verdicts(old, new, frame(4, session="01bb")) == ["news", "restarted", "news"]
    assert verdicts(old, structs.replace(new, f_cnt=5)) == ["news", "restarted"]
    assert verdicts(old, new, frame(6, session="01aa")) == ["news", "restarted", "late"]


def test_a_frame_sent_a_minute_later_is_a_new_one_whatever_it_counts() -> None:
    assert verdicts(frame(5, sent_s=0.0), frame(4, sent_s=SURELY_LATER_S)) == ["news", "restarted"]
    assert verdicts(frame(0, sent_s=0.0), frame(0, sent_s=SURELY_LATER_S)) == ["news", "restarted"]
    assert verdicts(frame(5, sent_s=0.0), frame(4, sent_s=SURELY_LATER_S - 1)) == ["news", "late"]


@given(st.lists(st.integers(0, 50), max_size=100))
def test_what_counts_higher_than_everything_before_is_always_news(counters: list[int]) -> None:
    counter = FrameCounter()
    for f_cnt in counters:
        counter.judge(frame(f_cnt))
    assert counter.judge(frame(51)) == "news"


@given(st.permutations(range(WINDOW)), st.lists(st.integers(0, WINDOW - 1)))
def test_no_order_of_one_window_reads_a_frame_twice(order: list[int], again: list[int]) -> None:
    """Each frame is read at most once; 0 may be another 0, which no counter can tell."""
    counter = FrameCounter()
    read = [
        f_cnt for f_cnt in [*order, *again] if str(counter.judge(frame(f_cnt, key=str(f_cnt)))) in ("news", "restarted")
    ]
    assert len(read) == len(set(read))
    assert read == sorted(read)
