"""What nobody has caught is told by one line each; of a defect the traceback is logged once."""

import asyncio
import gc
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from patience import PATIENCE_S

from agent.events import PART_FAILED, PART_RESTORED, Event
from agent.isolation import Isolation
from agent.unhandled import PART, tell_unhandled
from drivers.errors import NoAnswer


@pytest.fixture(autouse=True)
def hooks() -> Iterator[None]:
    before = threading.excepthook, sys.unraisablehook
    yield
    threading.excepthook, sys.unraisablehook = before


async def fails(error: Exception) -> None:
    raise error


def forgotten_task(error: Exception) -> None:
    """A task that fails, and that nobody asks what became of it."""
    task = asyncio.get_running_loop().create_task(fails(error), name="forgotten")
    task.add_done_callback(lambda _: None)


def in_thread(error: Exception) -> None:
    def run() -> None:
        raise error

    thread = threading.Thread(target=run, name="grab")
    thread.start()
    thread.join()


def at_the_end_of_an_object(error: Exception) -> None:
    class Held:
        def __del__(self) -> None:
            raise error

    Held()


def in_a_callback(error: Exception) -> None:
    def secret(_: str) -> None:
        raise error

    asyncio.get_running_loop().call_soon(secret, "hunter2")


def lines(caplog: pytest.LogCaptureFixture, *does: Callable[[], Any]) -> tuple[list[str], Isolation]:
    """What is logged, with "+" before what carries a traceback; and the parts."""
    isolation = Isolation()

    async def main() -> None:
        tell_unhandled(asyncio.get_running_loop(), isolation)
        for each in does:
            each()
            for _ in range(3):
                await asyncio.sleep(0)
            gc.collect(0)
            await asyncio.sleep(0)

    with caplog.at_level(logging.WARNING):
        asyncio.run(main())
    return [("+" if record.exc_info else "") + record.getMessage() for record in caplog.records], isolation


@pytest.mark.parametrize(
    ("leave", "what"),
    [
        (forgotten_task, "Task exception was never retrieved (forgotten): KeyError at "),
        (in_thread, "a thread failed (grab): KeyError at "),
        (at_the_end_of_an_object, "an exception could not be raised (at_the_end_of_an_object.<locals>.Held.__del__): "),
        (in_a_callback, "Exception in callback in_a_callback.<locals>.secret: KeyError"),
    ],
)
def test_a_defect_is_told_by_a_line_each_time_and_by_its_traceback_once(
    caplog: pytest.LogCaptureFixture, leave: Callable[[Exception], None], what: str
) -> None:
    what = what.removesuffix(" at ")  # a test is no line of lamppost
    told, isolation = lines(caplog, lambda: leave(KeyError("hunter2")), lambda: leave(KeyError("hunter2")))
    assert [line.startswith(what) for line in told] == [True, False, True]
    assert told[1] == f"+{PART} failed by a defect: one piece of its work is lost, the others go on"
    assert "hunter2" not in "".join(told)
    assert [(part["part"], part["count"], part["state"]) for part in isolation.status()] == [(PART, 2, "on_trial")]


@pytest.mark.parametrize("error", [BrokenPipeError(32, "Broken pipe"), NoAnswer("us-1", "it is silent")])
def test_what_the_world_brings_about_is_a_line_and_no_defect(
    caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    told, isolation = lines(caplog, lambda: forgotten_task(error))
    assert told == [f"Task exception was never retrieved (forgotten): {type(error).__name__}: {error}"]
    assert isolation.status() == []


def test_what_is_no_exception_is_a_line(caplog: pytest.LogCaptureFixture) -> None:
    def complain() -> None:
        asyncio.get_running_loop().call_exception_handler({"message": "Task was destroyed but it is pending!"})

    assert lines(caplog, complain)[0] == ["Task was destroyed but it is pending!"]


def test_after_the_loop_a_line_and_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    lines(caplog)
    in_thread(KeyError("x"))
    (record,) = caplog.records
    assert record.getMessage() == "a thread failed (grab)" and record.exc_info


def test_it_is_told_to_the_city_and_is_well_again_when_nothing_more_comes() -> None:
    told: list[Event] = []

    async def commit(events: Any, _: Any) -> None:
        told.extend(events)

    async def main() -> None:
        async def sleep(_: float) -> None:
            await asyncio.sleep(0)

        isolation = Isolation(stable_s=0.01, sleep=sleep)
        tell_unhandled(asyncio.get_running_loop(), isolation)
        in_a_callback(KeyError("x"))
        running = asyncio.create_task(isolation.run(commit))
        async with asyncio.timeout(PATIENCE_S):
            while len(told) < 2:
                await asyncio.sleep(0.001)
        running.cancel()

    asyncio.run(main())
    assert [event.type for event in told] == [PART_FAILED, PART_RESTORED]
