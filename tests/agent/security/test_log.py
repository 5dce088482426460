"""The log of security events: told at a bounded rate, counted always, and nothing is lost without a number."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from built_pole import MovedClock
from patience import PATIENCE_S
from stored import promised

from agent.events import Event
from agent.events.security import CertificateChanged, CommandRefused, LocalClientRefused
from agent.security import SecurityLog, Tallies
from agent.security.log import AT_ONCE, KEY, MOST_UNTOLD, PER_HOUR
from agent.store import Store, StoreError

REFUSED = CommandRefused(reason="unsigned", command_id="c1")
CHANGED = CertificateChanged(table="uplink", part="key_file", file="/etc/lamppost/pole.key")


class Disk:
    def __init__(self) -> None:
        self.told: list[Any] = []
        self.kept: dict[str, Any] = {}
        self.refuses = False

    async def commit(self, events: Sequence[Event], states: Any) -> None:
        await asyncio.sleep(0)
        if self.refuses:
            raise StoreError(Path("l.db"), "the disk is full")
        self.told += [promised(each).data for each in events]
        self.kept |= states


def run(work: Callable[[SecurityLog, Disk, MovedClock], Awaitable[None]]) -> None:
    async def running() -> None:
        disk, clock = Disk(), MovedClock()
        log = SecurityLog("p1", clock, disk.commit)
        task = asyncio.create_task(log.run())
        try:
            async with asyncio.timeout(PATIENCE_S):
                await work(log, disk, clock)
        finally:
            task.cancel()
            await asyncio.wait({task})

    asyncio.run(running())


async def settled() -> None:
    for _ in range(100):
        await asyncio.sleep(0)


def test_what_is_noted_is_told_with_its_kind() -> None:
    async def work(log: SecurityLog, disk: Disk, clock: MovedClock) -> None:
        log.note(REFUSED)
        await settled()
        assert disk.told == [{"kind": "command_refused", "held_back": 0, "reason": "unsigned", "command_id": "c1"}]

    run(work)


def test_promise_a_flood_is_told_so_often_as_may_be_and_the_rest_is_counted_in_the_next() -> None:
    async def work(log: SecurityLog, disk: Disk, clock: MovedClock) -> None:
        for _ in range(1000):
            log.note(REFUSED)
        await settled()
        assert len(disk.told) == AT_ONCE
        clock.mono_s += 3600 / PER_HOUR
        log.note(REFUSED)
        await settled()
        assert [each["held_back"] for each in disk.told[AT_ONCE:]] == [1000 - AT_ONCE]
        assert sum(1 + each["held_back"] for each in disk.told) == 1001 == log.tallies["command_refused"].count

    run(work)


def test_what_was_held_back_last_is_told_by_itself_once_it_may_be() -> None:
    async def work(log: SecurityLog, disk: Disk, clock: MovedClock) -> None:
        for _ in range(AT_ONCE + 5):
            log.note(REFUSED)
        await settled()
        clock.mono_s += 3600 / PER_HOUR
        log.note(CHANGED)  # wakes it, as its own time would
        await settled()
        assert disk.told[-1]["kind"] == "command_refused" or disk.told[-2]["kind"] == "command_refused"
        assert sum(1 + each["held_back"] for each in disk.told if each["kind"] == "command_refused") == AT_ONCE + 5

    run(work)


def test_a_flood_of_one_kind_hides_no_other() -> None:
    async def work(log: SecurityLog, disk: Disk, clock: MovedClock) -> None:
        for _ in range(1000):
            log.note(LocalClientRefused(reason="no_question", uid=33))
        log.note(CHANGED)
        await settled()
        assert disk.told[-1]["kind"] == "certificate_changed"

    run(work)


def test_what_the_disk_refuses_waits_bounded_and_is_told_when_it_takes_it() -> None:
    async def work(log: SecurityLog, disk: Disk, clock: MovedClock) -> None:
        disk.refuses = True
        log.note(REFUSED)
        for _ in range(300):
            clock.mono_s += 3600
            log.note(CHANGED)
        disk.refuses = False
        await log.write()
        assert len(disk.told) == MOST_UNTOLD and log.tallies["certificate_changed"].count == 300

    run(work)


def test_counts_go_on_over_a_restart(tmp_path: Path) -> None:
    async def life(notes: int) -> dict[str, Any]:
        clock = MovedClock()
        async with Store(tmp_path / "l.db", max_bytes=1 << 24, boot="b1") as store:
            log = SecurityLog("p1", clock, store.commit)
            await log.open(store)
            for _ in range(notes):
                log.note(REFUSED)
            await log.close()
            kept = await store.load(KEY, Tallies)
            assert kept is not None and kept.kinds == log.tallies
            return dict(log.status())

    assert asyncio.run(life(AT_ONCE + 7))["command_refused"]["count"] == AT_ONCE + 7
    told = asyncio.run(life(1))["command_refused"]
    assert told["count"] == AT_ONCE + 8 and told["what"] == {"reason": "unsigned", "command_id": "c1"}


def test_a_disk_that_refuses_at_the_end_ends_nothing() -> None:
    async def work(log: SecurityLog, disk: Disk, clock: MovedClock) -> None:
        disk.refuses = True
        log.note(REFUSED)
        await log.close()

    run(work)
