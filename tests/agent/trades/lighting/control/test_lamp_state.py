"""The state of a lamp counts once it is committed, and changes one after the other."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from agent.clock import Moment
from agent.events import Event
from agent.store import StoreError
from agent.trades.lighting.control.lamp_state import Change, CommittedState, LampState, expired, taken_back
from agent.trades.lighting.plan.override import Override


def after(seconds: float) -> Moment:
    return Moment(1_800_000_000.0 + seconds, seconds, "boot", True)


def order(command_id: str, level_percent: float, hold_s: float | None = None) -> Override:
    return Override(command_id, level_percent, after(0.0), hold_s)


class Disk:
    def __init__(self) -> None:
        self.is_full = False
        self.written: list[Mapping[str, Any]] = []

    async def commit(self, events: Sequence[Event], states: Mapping[str, Any]) -> None:
        await asyncio.sleep(0)
        if self.is_full:
            raise StoreError(Path("lamppost.db"), "the disk is full")
        self.written.append(states)


def to(level_percent: float) -> Change:
    return lambda state: (structs.replace(state, level_percent=level_percent), ())


def brighter(state: LampState) -> tuple[LampState, Sequence[Event]]:
    return structs.replace(state, level_percent=(state.level_percent or 0.0) + 10.0), ()


def test_a_state_that_the_disk_refuses_does_not_count() -> None:
    disk = Disk()
    kept = CommittedState("l1", LampState(level_percent=40.0), disk.commit)
    disk.is_full = True
    with pytest.raises(StoreError):
        asyncio.run(kept.change(to(80.0)))
    assert kept.value.level_percent == 40.0


def test_two_changes_at_once_come_one_after_the_other() -> None:
    disk = Disk()

    async def main() -> LampState:
        kept = CommittedState("l1", LampState(), disk.commit)
        await asyncio.gather(*(kept.change(brighter) for _ in range(3)))
        return kept.value

    assert asyncio.run(main()).level_percent == 30.0
    assert [each["lamp/l1"].level_percent for each in disk.written] == [10.0, 20.0, 30.0]


def test_what_stays_as_it_is_wears_no_card() -> None:
    disk = Disk()
    kept = CommittedState("l1", LampState(level_percent=40.0), disk.commit)
    asyncio.run(kept.change(to(40.0)))
    assert disk.written == []


def test_an_order_that_was_refused_gives_way_to_what_held_before_unless_a_newer_one_came() -> None:
    held, refused, newer = order("c1", 30.0), order("c2", 40.0), order("c3", 50.0)
    assert taken_back(LampState(override=refused), refused, held).override == held
    assert taken_back(LampState(override=newer), refused, held).override == newer


def test_an_order_ends_at_its_time() -> None:
    for_an_hour = LampState(override=order("c1", 40.0, hold_s=3600.0))
    assert expired(for_an_hour, after(3599.0)) == for_an_hour
    assert expired(for_an_hour, after(3600.0)).override is None
