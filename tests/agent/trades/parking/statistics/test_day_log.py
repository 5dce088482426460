"""A bay's day: coded and read back, and bounded."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.trades.parking.statistics.day_log import (
    MOST_CHANGES,
    Change,
    DayLog,
    day_log,
    last_happened_s,
    overstayed_after,
    with_change,
)

KINDS = st.sampled_from(["arrived", "left", "overstay", "occupied", "free", "unknown"])
CHANGES = st.lists(st.builds(Change, st.integers(0, 90_000), KINDS, st.none()), max_size=40).map(
    lambda found: sorted(found, key=lambda each: each.at_s)
)
STATES = st.sampled_from(["occupied", "free", "unknown"])


@given(STATES, st.booleans(), CHANGES, st.lists(st.integers(0, 10**7) | st.none(), min_size=40, max_size=40))
def test_a_stored_day_comes_back(begin: str, overstayed: bool, changes: list[Change], stays: list[int | None]) -> None:
    changes = [
        msgspec.structs.replace(each, stay_s=stay if each.kind == "left" else None)
        for each, stay in zip(changes, stays, strict=False)
    ]
    log = day_log(begin, overstayed, changes)  # type: ignore[arg-type]
    again = msgspec.json.decode(msgspec.json.encode(log), type=DayLog)
    assert again == log
    assert day_log(again.begin, again.overstayed, again.changes) == log
    happened = [each for each in changes if each.kind in {"arrived", "left"}]
    assert [each for each in again.changes if each.kind in {"arrived", "left"}] == happened
    assert again.end == (changes[-1].state if changes else begin)


def test_what_is_known_already_is_not_written_again() -> None:
    changes = [Change(10, "free"), Change(20, "arrived"), Change(30, "occupied"), Change(40, "overstay")]
    log = day_log("free", False, [*changes, Change(50, "overstay"), Change(60, "unknown"), Change(70, "unknown")])
    assert [each.kind for each in log.changes] == ["arrived", "overstay", "unknown"]
    assert log.end_overstayed, "a silence does not end an overstay"
    assert not with_change(log, Change(80, "left", 60)).end_overstayed


@given(STATES, st.booleans(), CHANGES, st.builds(Change, st.integers(0, 90_000), KINDS, st.none()))
def test_a_change_at_the_end_is_as_if_the_whole_day_were_written_anew(
    begin: str, overstayed: bool, changes: list[Change], last: Change
) -> None:
    log = day_log(begin, overstayed, changes)  # type: ignore[arg-type]
    earlier = [each for each in log.changes if each.at_s <= last.at_s]
    assert with_change(log, last) == day_log(log.begin, log.overstayed, [*earlier, last])


@given(STATES, st.booleans(), CHANGES)
def test_what_a_day_ends_with_is_told_by_its_changes(begin: str, overstayed: bool, changes: list[Change]) -> None:
    log = day_log(begin, overstayed, changes)  # type: ignore[arg-type]
    assert log.end_overstayed == overstayed_after(log.overstayed, log.changes)
    assert last_happened_s(log) == max((each.at_s for each in log.changes if each.happened), default=None)


def test_what_is_learnt_of_earlier_replaces_notes_only() -> None:
    log = day_log("free", False, [Change(100, "unknown"), Change(200, "free")])
    assert with_change(log, Change(150, "arrived")).changes == (Change(100, "unknown"), Change(150, "arrived"))


def test_a_sensor_that_flaps_fills_no_disk_and_the_rest_of_its_day_is_unknown() -> None:
    log = DayLog("free")
    for number in range(5 * MOST_CHANGES):
        log = with_change(log, Change(number, "left" if number % 2 else "arrived", number if number % 2 else None))
    assert log.coarse
    assert log.end == "unknown"
    assert len(log.changes) == MOST_CHANGES + 1
    assert len(msgspec.json.encode(log)) < 5000


def test_ten_vehicles_a_day_take_little_room() -> None:
    changes = [Change(7000 * at, kind, 3512) for at in range(10) for kind in ("arrived", "left")]
    assert len(msgspec.json.encode(day_log("free", False, changes))) < 250


@pytest.mark.parametrize("coded", ["[-8]", "[6]", "[7]"])
def test_a_row_that_no_lamppost_wrote_is_refused(coded: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="no change of a bay"):
        msgspec.json.decode(f'{{"coded": {coded}}}', type=DayLog)
