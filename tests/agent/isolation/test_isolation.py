"""A part that fails is set aside, told once, begun anew with growing pauses, and told to work again when it does."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from stored import Told, promised

from agent.clock import Moment
from agent.events import Event
from agent.isolation import Isolation, Part
from agent.isolation.news import MOST_UNTOLD
from agent.store import StoreError
from drivers.backoff import Backoff
from drivers.base import Reading

FULL = StoreError(Path("s.db"), "the disk is full")


class Pole:
    """A clock that only a pause moves, and a store that may refuse."""

    boot = "b"

    def __init__(self) -> None:
        self.mono_s = 1000.0
        self.pauses: list[float] = []
        self.events: list[Told] = []
        self.refusals = 0
        self.isolation = Isolation(
            "pole-1",
            self,
            backoff=lambda: Backoff(first_s=1, cap_s=60, stable_s=60, draw=lambda: 1.0),
            stable_s=300.0,
            sleep=self.sleep,
            now_s=lambda: self.mono_s,
        )

    def now(self) -> Moment:
        return self.moment_at(self.mono_s)

    def moment_at(self, mono_s: float) -> Moment:
        return Moment(1_700_000_000 + mono_s, mono_s, self.boot, True)

    async def sleep(self, pause_s: float) -> None:
        self.pauses.append(pause_s)
        self.mono_s += pause_s
        await asyncio.sleep(0)

    async def commit(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise FULL
        self.events += map(promised, events)

    def told(self) -> list[str]:
        return [event.type for event in self.events]


async def turns(count: int = 30) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


def run(pole: Pole, use: Callable[[], Awaitable[None]]) -> None:
    """Runs `use` beside the task that tells the city."""

    async def main() -> None:
        telling = asyncio.create_task(pole.isolation.run(pole.commit))
        try:
            await use()
            await turns()
        finally:
            await end(telling)

    asyncio.run(main())


def reading(value: float, quantity: str = "distance_mm") -> Reading:
    return Reading("us-1", quantity, value, 0.0)


async def divide(heard: Reading) -> None:
    """Fails at 0."""
    assert isinstance(heard.value, float)
    assert 1.0 / heard.value


def test_a_failure_is_told_once_with_its_traceback_and_what_comes_meanwhile_is_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pole = Pole()
    part = pole.isolation.part("bay/b1")
    listen = part.listener(divide)

    async def use() -> None:
        for value in (4.0, 0.0, 5.0, 6.0):
            await listen(reading(value))
        await turns()
        assert part.failure is not None and part.left_out == 2

    run(pole, use)
    (event,) = pole.events
    assert (event.type, event.subject, event.priority.name) == ("pole.part_failed", "pole-1", "ALARM")
    assert event.data == {
        "part": "bay/b1",
        "error": "ZeroDivisionError",
        "message": "float division by zero",
        "place": event.data["place"],
        "count": 1,
    }
    (record,) = caplog.records
    assert record.exc_info is not None and "bay/b1 failed by a defect" in record.message


def test_one_that_fails_at_each_reading_does_not_flood(caplog: pytest.LogCaptureFixture) -> None:
    pole = Pole()
    part = pole.isolation.part("bay/b1")
    listen = part.listener(divide)

    async def use() -> None:
        for _ in range(10_000):
            pole.mono_s += 0.1
            await listen(reading(0.0))

    run(pole, use)
    assert len(caplog.records) == 1
    assert pole.told() == ["pole.part_failed"]
    assert part.failure is not None
    assert 10 < part.failure.count < 30, "it was begun anew with pauses that grow to a minute"
    assert part.failure.count + part.left_out == 10_000


def test_it_works_again_when_what_it_failed_at_has_worked_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    pole = Pole()
    part = pole.isolation.part("bay/b1")
    listen = part.listener(divide)

    async def use() -> None:
        await listen(reading(0.0))
        pole.mono_s += 10.0
        await listen(reading(1.0))
        assert part.failure is not None and part.trusted and not part.set_aside
        pole.mono_s += 400.0
        await listen(reading(1.0, "battery_v"))
        assert part.failure is not None, "another quantity proves nothing"
        await listen(reading(1.0))
        assert part.failure is None
        await listen(reading(0.0))

    run(pole, use)
    assert pole.told() == ["pole.part_failed", "pole.part_restored", "pole.part_failed"]
    assert pole.events[1].data == {"part": "bay/b1", "failed_s": 410.0, "count": 1, "left_out": 0}
    assert pole.events[2].data["count"] == 2
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING", "ERROR"]


def test_its_own_run_is_begun_anew_with_growing_pauses_from_what_was_committed() -> None:
    pole = Pole()
    part = pole.isolation.part("bay/b1")
    done: list[str] = []

    async def begin_anew() -> None:
        done.append("anew")

    async def work() -> None:
        done.append("work")
        if done.count("work") < 9:
            raise KeyError("b1")
        await asyncio.Event().wait()

    async def main() -> None:
        part.begin_anew = begin_anew
        running = asyncio.create_task(part.run(work))
        await turns()
        assert done == ["work", *["anew", "work"] * 8]
        assert pole.pauses == [1, 2, 4, 8, 16, 32, 60, 60]
        assert not part.set_aside and part.failure is not None
        part.check_restored()
        assert part.failure is not None
        pole.mono_s += 300.0
        part.check_restored()
        assert part.failure is None
        await end(running)

    asyncio.run(main())


def test_a_failure_at_a_reading_ends_its_run_and_begins_it_anew() -> None:
    """A part that is set aside does nothing meanwhile."""
    pole = Pole()
    part = pole.isolation.part("bay/b1")
    listen = part.listener(divide)
    done: list[str] = []

    async def work() -> None:
        done.append("begun")
        try:
            await asyncio.Event().wait()
        finally:
            done.append("ended")

    async def main() -> None:
        running = asyncio.create_task(part.run(work))
        await turns()
        await listen(reading(0.0))
        await turns()
        assert done == ["begun", "ended", "begun"]
        assert pole.pauses == [1.0]
        await listen(reading(1.0))
        assert part.trusted
        await end(running)

    asyncio.run(main())


def test_a_store_that_refuses_is_no_defect(caplog: pytest.LogCaptureFixture) -> None:
    pole = Pole()
    part = pole.isolation.part("bay/b1")
    begun: list[float] = []

    async def refused(_: Reading) -> None:
        raise FULL

    async def work() -> None:
        begun.append(pole.mono_s)
        if len(begun) < 3:
            raise FULL
        await asyncio.Event().wait()

    async def main() -> None:
        with pytest.raises(StoreError):
            await part.listener(refused)(reading(1.0))
        with pytest.raises(StoreError):
            part.ask(lambda: (_ for _ in ()).throw(FULL))
        running = asyncio.create_task(part.run(work))
        await turns()
        assert begun == [1000.0, 1005.0, 1010.0]
        await end(running)

    asyncio.run(main())
    assert part.failure is None and not caplog.records


def test_a_state_that_cannot_be_read_again_keeps_the_part_aside() -> None:
    pole = Pole()
    part = pole.isolation.part("bay/b1")
    heard: list[Reading] = []
    attempts: list[float] = []

    async def begin_anew() -> None:
        attempts.append(pole.mono_s)
        if len(attempts) == 1:
            raise FULL
        if len(attempts) == 2:
            raise ValueError("no state")

    async def work() -> None:
        if not attempts:
            raise ZeroDivisionError
        await asyncio.Event().wait()

    async def listen(one: Reading) -> None:
        heard.append(one)

    async def main() -> None:
        part.begin_anew = begin_anew
        running = asyncio.create_task(part.run(work))
        while part.failure is None:
            await asyncio.sleep(0)
        while len(attempts) < 2:
            await asyncio.sleep(0)
            await part.listener(listen)(reading(1.0))
        assert not heard
        await turns()
        await part.listener(listen)(reading(1.0))
        assert attempts == [1001.0, 1006.0, 1008.0], "a refusal waits for the disk, a defect longer each time"
        assert len(heard) == 1
        await end(running)

    asyncio.run(main())


def test_work_whose_tasks_fail_is_begun_anew() -> None:
    pole = Pole()
    part = pole.isolation.part("uplink")
    begun: list[float] = []

    async def fail() -> None:
        raise ZeroDivisionError

    async def work() -> None:
        begun.append(pole.mono_s)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail())
            tasks.create_task(asyncio.Event().wait())

    async def main() -> None:
        running = asyncio.create_task(part.run(work))
        await turns()
        assert len(begun) > 2 and not running.done()
        await end(running)

    asyncio.run(main())


def test_a_time_out_of_its_own_is_a_defect_like_any_other() -> None:
    pole = Pole()
    part = pole.isolation.part("x")

    async def work() -> None:
        if part.failure is None:
            raise TimeoutError("of its own")
        await asyncio.Event().wait()

    async def main() -> None:
        running = asyncio.create_task(part.run(work))
        await turns()
        assert part.failure is not None and part.failure.defect.error == "TimeoutError"
        await end(running)

    asyncio.run(main())


def test_cancellation_and_the_end_of_the_process_pass() -> None:
    part = Pole().isolation.part("x")

    async def endless() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        for work in (part.run(endless), part.attempt(endless)):
            task = asyncio.create_task(work)
            await turns(3)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        for end_of_all in (SystemExit, KeyboardInterrupt):
            with pytest.raises(end_of_all):
                part.ask(lambda kind=end_of_all: (_ for _ in ()).throw(kind()))

    asyncio.run(main())
    assert part.failure is None


@pytest.mark.parametrize("way", [Part.run, Part.attempt])
def test_a_cancellation_that_meets_a_failure_is_not_lost(way: Callable[..., Any]) -> None:
    part = Pole().isolation.part("x")

    async def fails_at_the_end() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("at the same moment")

    async def main() -> None:
        task = asyncio.create_task(way(part, fails_at_the_end))
        await turns(3)
        await end(task)

    asyncio.run(main())
    assert part.failure is not None


def test_work_that_ends_by_itself_ends() -> None:
    pole = Pole()

    async def work() -> None:
        return

    asyncio.run(pole.isolation.part("clock").run(work))
    assert pole.isolation.status() == []


def test_a_disk_that_refuses_the_event_is_asked_again_and_in_order() -> None:
    pole = Pole()
    pole.refusals = 3

    async def use() -> None:
        for name in ("a", "b"):
            pole.isolation.part(name).ask(lambda: 1 / 0)
        await turns()

    run(pole, use)
    assert [event.data["part"] for event in pole.events] == ["a", "b"]
    assert pole.pauses.count(5.0) >= 3


def test_what_waits_for_the_disk_is_bounded() -> None:
    pole = Pole()
    pole.refusals = 1
    for n in range(3 * MOST_UNTOLD):
        pole.isolation.part(f"p{n}").ask(lambda: 1 / 0)

    async def use() -> None:
        await turns(3 * MOST_UNTOLD)

    run(pole, use)
    assert len(pole.events) == MOST_UNTOLD
    assert pole.events[-1].data["part"] == f"p{3 * MOST_UNTOLD - 1}"


def test_a_part_that_cannot_be_built_is_out_until_the_next_start() -> None:
    pole = Pole()
    part = pole.isolation.part("bay/b1")

    async def build() -> None:
        raise KeyError("b1")

    asyncio.run(part.build(build))
    pole.mono_s += 3600.0
    assert part.ask(lambda: 1) is None and part.set_aside
    (told,) = pole.isolation.status()
    assert (told["state"], told["next_attempt_s"], told["since_s"]) == ("set_aside", None, 3600.0)


def test_work_that_is_each_by_itself_is_tried_each_time() -> None:
    pole = Pole()
    part = pole.isolation.part("dialect", each_alone=True)
    assert [part.ask(lambda n=n: 10 // n) for n in (0, 2, 0, 5)] == [None, 5, None, 2]
    assert part.failure is not None and part.failure.count == 2 and part.left_out == 0


def test_status_says_how_it_goes_on() -> None:
    pole = Pole()
    part: Part = pole.isolation.part("bay/b1")
    part.ask(lambda: 1 / 0)
    (told,) = pole.isolation.status()
    reason = told.pop("reason")
    assert reason.startswith("ZeroDivisionError") and reason.endswith(": division by zero")
    assert told == {
        "part": "bay/b1", "state": "set_aside", "since_s": 0.0, "count": 1, "left_out": 0, "next_attempt_s": 1.0,
    }  # fmt: skip
    pole.mono_s += 1.0
    assert part.ask(lambda: 7) == 7
    (told,) = pole.isolation.status()
    assert (told["state"], told["next_attempt_s"]) == ("on_trial", None)
    assert pole.isolation.names == ["bay/b1"]


def test_one_that_merely_tells_is_kept_only_once_it_failed() -> None:
    pole = Pole()
    assert pole.isolation.ask("status/device/lamp-1", lambda: 7) == 7
    assert pole.isolation.known == []
    assert pole.isolation.ask("status/device/lamp-1", lambda: 1 / 0) is None
    assert pole.isolation.names == pole.isolation.known == ["status/device/lamp-1"]
    assert pole.isolation.ask("status/device/lamp-1", lambda: 7) is None  # it is set aside
    pole.mono_s += 400.0
    assert pole.isolation.ask("status/device/lamp-1", lambda: 7) == 7
