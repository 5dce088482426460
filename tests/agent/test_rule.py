"""A rule's new state counts only once it is committed."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from msgspec import Struct, structs

from agent.clock import Moment
from agent.events import Data, Event
from agent.rule import RuleRunner, Step
from drivers.base import Reading


class Count(Struct, frozen=True):
    readings: int = 0
    asked: int = 0


class StoppedClock:
    boot = "boot"

    def __init__(self) -> None:
        self.mono_s = 100.0

    def now(self) -> Moment:
        return self.moment_at(self.mono_s)

    def moment_at(self, mono_s: float) -> Moment:
        return Moment(1_700_000_000 + mono_s, mono_s, self.boot, True)


def count(state: Count, now: Moment, reading: Reading | None) -> Step[Count]:
    """Counts its readings and announces every third; asks to be called at mono_s 100, then never."""
    if reading is None:
        return Step(structs.replace(state, asked=state.asked + 1))
    state = structs.replace(state, readings=state.readings + 1)
    if state.readings % 3:
        return Step(state, wake_at_s=None)
    return Step(state, (Event(type="test.third", subject="x", at=now, data=Data()),))


class Ledger:
    """Stands for the store; refuses when told to."""

    def __init__(self) -> None:
        self.rows: list[tuple[list[str], Mapping[str, Struct | None]]] = []
        self.full = False

    async def commit(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        if self.full:
            raise OSError("disk full")
        self.rows.append(([e.type for e in events], states))


def reading(at_s: float) -> Reading:
    return Reading("us-1", "distance_mm", 900.0, at_s)


def test_state_and_events_are_committed_together() -> None:
    ledger = Ledger()
    runner = RuleRunner("bay/x", Count(), count, ledger.commit, StoppedClock())

    async def main() -> None:
        for n in range(3):
            await runner.on_reading(reading(100.0 + n))

    asyncio.run(main())
    assert ledger.rows[-1] == (["test.third"], {"bay/x": Count(readings=3)})


def test_what_the_store_refused_did_not_happen() -> None:
    ledger = Ledger()
    runner = RuleRunner("bay/x", Count(readings=2), count, ledger.commit, StoppedClock())

    async def main() -> None:
        ledger.full = True
        with pytest.raises(OSError, match="disk full"):
            await runner.on_reading(reading(101.0))
        assert runner.state == Count(readings=2)
        ledger.full = False
        await runner.on_reading(reading(102.0))

    asyncio.run(main())
    assert ledger.rows == [(["test.third"], {"bay/x": Count(readings=3)})]


def test_who_waits_for_a_commit_is_told_of_it_once_the_new_state_counts() -> None:
    ledger, told = Ledger(), list[tuple[Count, Count, Count]]()

    def committed(before: Count, after: Count) -> None:
        told.append((before, after, runner.state))

    kept = Count()
    runner = RuleRunner(
        "bay/x", Count(), count, ledger.commit, StoppedClock(), persisted=lambda _: kept, on_committed=committed
    )

    async def main() -> None:
        for n in range(2):
            await runner.on_reading(reading(100.0 + n))
        assert told == [], "nothing was written"
        ledger.full = True
        with pytest.raises(OSError, match="disk full"):
            await runner.on_reading(reading(102.0))
        assert told == [], "the disk refused it"
        ledger.full = False
        await runner.on_reading(reading(103.0))

    asyncio.run(main())
    assert told == [(Count(readings=2), Count(readings=3), Count(readings=3))]


def test_a_due_rule_is_asked_without_a_reading() -> None:
    ledger = Ledger()
    runner = RuleRunner("bay/x", Count(), count, ledger.commit, StoppedClock())

    async def main() -> None:
        task = asyncio.create_task(runner.run())
        for _ in range(20):
            await asyncio.sleep(0)
        task.cancel()

    asyncio.run(main())
    assert ledger.rows == [([], {"bay/x": Count(asked=1)})]


def test_what_a_rule_writes_only_now_and_then_is_there_for_an_orderly_end() -> None:
    def shown(state: Count) -> Count:
        return structs.replace(state, readings=0)

    def all_shown(state: Count) -> Count:
        return structs.replace(state, asked=state.readings)

    clock = StoppedClock()
    runner = RuleRunner("bay/x", Count(), count, Ledger().commit, clock, persisted=shown, on_shutdown=all_shown)
    assert runner.unsaved_at_shutdown == {}
    asyncio.run(runner.on_reading(reading(100.0)))
    assert runner.unsaved_at_shutdown == {"bay/x": Count(asked=1)}


def test_what_comes_while_the_store_writes_waits_and_counts_on_from_what_was_written() -> None:
    """Two of three readings write nothing, and could go ahead of the one that does."""
    ledger, may_write = Ledger(), asyncio.Event()

    async def slowly(events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        await may_write.wait()
        await ledger.commit(events, states)

    runner = RuleRunner("bay/x", Count(readings=2), count, slowly, StoppedClock(), persisted=lambda _: Count())

    async def main() -> None:
        tasks = [asyncio.create_task(runner.on_reading(reading(100.0 + n))) for n in range(3)]
        for _ in range(5):
            await asyncio.sleep(0)
        assert runner.state == Count(readings=2)
        may_write.set()
        await asyncio.gather(*tasks)

    asyncio.run(main())
    assert runner.state == Count(readings=5)
    assert [events for events, _ in ledger.rows] == [["test.third"]]


def test_a_rule_is_not_told_of_a_quantity_that_it_does_not_hear() -> None:
    hears = frozenset({"occupied"})
    runner = RuleRunner("bay/x", Count(), count, Ledger().commit, StoppedClock(), quantities=hears)
    asyncio.run(runner.on_reading(reading(100.0)))
    assert runner.state == Count()
    asyncio.run(runner.on_reading(structs.replace(reading(101.0), quantity="occupied", value=True)))
    assert runner.state == Count(readings=1)


def test_it_begins_anew_from_what_was_committed_and_waits_for_what_is_being_written() -> None:
    ledger, may_write = Ledger(), asyncio.Event()

    async def slowly(events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        await may_write.wait()
        await ledger.commit(events, states)

    async def load() -> Count:
        (_, states) = ledger.rows[-1]
        stored = states["bay/x"]
        assert isinstance(stored, Count)
        return stored

    runner = RuleRunner("bay/x", Count(readings=2), count, slowly, StoppedClock())

    async def main() -> None:
        writing = asyncio.create_task(runner.on_reading(reading(100.0)))
        await asyncio.sleep(0)
        beginning = asyncio.create_task(runner.begin_anew(load))
        await asyncio.sleep(0)
        may_write.set()
        await asyncio.gather(writing, beginning)
        assert runner.state == Count(readings=3)
        assert runner.wake_at_s == 100.0
        assert runner.unsaved_at_shutdown == {}

    asyncio.run(main())


def test_what_its_state_is_changed_to_is_written_and_the_change_waits_for_a_store_that_refuses() -> None:
    async def main() -> None:
        ledger = Ledger()
        runner = RuleRunner("bay/x", Count(readings=7), count, ledger.commit, StoppedClock())
        await runner.ask()
        runner.change(lambda state: structs.replace(state, readings=0))
        assert runner.wake_at_s == 100.0, "it is asked at once"
        ledger.full = True
        with pytest.raises(OSError, match="disk full"):
            await runner.ask()
        assert runner.state.readings == 7
        ledger.full = False
        await runner.on_reading(reading(101.0))
        assert runner.state.readings == 1
        await runner.on_reading(reading(102.0))
        assert runner.state.readings == 2, "it is changed once"
        assert ledger.rows[-2][1] == {"bay/x": runner.state.__class__(readings=1, asked=1)}

    asyncio.run(main())


def test_a_change_that_comes_while_the_store_writes_is_not_lost() -> None:
    async def main() -> None:
        ledger = Ledger()
        runner = RuleRunner("bay/x", Count(readings=2), count, ledger.commit, StoppedClock())
        writing = asyncio.Event()

        async def commit(events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
            runner.change(lambda state: structs.replace(state, readings=10))
            writing.set()
            runner._commit = ledger.commit

        runner._commit = commit
        await runner.on_reading(reading(101.0))
        assert writing.is_set() and runner.state.readings == 3
        await runner.ask()
        assert runner.state.readings == 10

    asyncio.run(main())
