"""A driver that fails is restarted with growing pauses, and the city hears once that it went and once that it came."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from agent.supervise import Supervisor
from drivers.backoff import Backoff
from drivers.base import Emit, Quality, Reading
from drivers.errors import AccessRefused, NoAnswer


class Scripted:
    """A driver that does what its script says at each start: an exception to raise, or a distance to report."""

    name = "us-1"

    def __init__(self, script: list[Exception | float]) -> None:
        self._script: Iterator[Exception | float] = iter(script)

    async def run(self, emit: Emit) -> None:
        for act in self._script:
            if isinstance(act, Exception):
                raise act
            await emit(Reading(self.name, "distance_mm", act, 0.0))
        await asyncio.Event().wait()


def run_script(script: list[Exception | float]) -> tuple[list[Reading], list[float]]:
    readings: list[Reading] = []
    pauses: list[float] = []

    async def main() -> None:
        async def emit(reading: Reading) -> None:
            readings.append(reading)

        async def sleep(pause_s: float) -> None:
            pauses.append(pause_s)
            await asyncio.sleep(0)

        backoff = Backoff(first_s=1, cap_s=60, stable_s=60, draw=lambda: 1.0)
        task = asyncio.create_task(Supervisor(Scripted(script), emit, backoff, sleep, now_s=lambda: 0.0).run())
        for _ in range(50):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    return readings, pauses


def test_a_failing_driver_is_told_down_once_and_up_once(caplog: pytest.LogCaptureFixture) -> None:
    down = NoAnswer("us-1", "no frame on /dev/ttyUSB0 for 5 s", "check the sensor's supply")
    with caplog.at_level(logging.WARNING):
        readings, _ = run_script([down, down, down, 900.0, 901.0])
    assert [(r.quantity, r.value) for r in readings] == [
        ("reachable", False),
        ("reachable", True),
        ("distance_mm", 900.0),
        ("distance_mm", 901.0),
    ]
    assert readings[0].detail == "no frame on /dev/ttyUSB0 for 5 s (check the sensor's supply)"
    assert len(caplog.messages) == 2
    assert "us-1 is down" in caplog.messages[0]
    assert caplog.messages[1] == "us-1 is back"


def test_pauses_grow_to_their_cap() -> None:
    _, pauses = run_script([NoAnswer("us-1", "silent")] * 9)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_defect_in_a_driver_is_logged_with_its_traceback_and_the_rest_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    readings, pauses = run_script([ZeroDivisionError("division by zero"), 700.0])
    assert readings[0].detail == "defect in its driver: ZeroDivisionError: division by zero"
    assert readings[-1].value == 700.0
    assert len(pauses) == 1
    assert any(record.exc_info for record in caplog.records)


def test_a_driver_that_says_itself_how_long_to_wait_is_asked() -> None:
    pauses: list[float] = []

    class Network(Scripted):
        backoff = Backoff(cap_s=5.0, draw=lambda: 1.0)

    async def pause(pause_s: float) -> None:
        pauses.append(pause_s)
        if len(pauses) == 20:
            raise asyncio.CancelledError

    async def ignore(reading: Reading) -> None:
        pass

    network = Network([NoAnswer("town", "no broker")] * 20)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(Supervisor(network, ignore, sleep=pause, now_s=lambda: 0.0).run())
    assert pauses == [1, 2, 4] + [5] * 17


def test_a_refused_login_waits_long_from_the_start() -> None:
    _, pauses = run_script([AccessRefused("town", "not authorized"), NoAnswer("town", "no broker")])
    assert pauses == [60, 2]


class Polled(Scripted):
    """A driver whose distance counts for ten seconds."""

    left_out = ("energy_kwh",)

    def fresh_s(self, quantity: str) -> float:
        return 10.0


@pytest.mark.parametrize(
    ("driver", "at_10_s", "later"),
    [
        (Polled([2000.0]), ("up", {"distance_mm"}, set()), ("stale", set(), {"distance_mm"})),
        (Polled([2000.0, NoAnswer("us-1", "silent")]), ("down", set(), {"distance_mm"}), None),
        (Polled([]), ("waiting", set(), set()), None),
        (Scripted([2000.0]), ("up", set(), set()), None),
    ],
    ids=["a value", "down", "no value", "one that speaks by itself"],
)
def test_what_a_device_that_is_asked_told_counts_for_a_time(driver: Scripted, at_10_s: Any, later: Any) -> None:
    async def main() -> list[Any]:
        async def ignore(reading: Reading) -> None:
            return

        supervisor = Supervisor(driver, ignore, now_s=lambda: 0.0)
        running = asyncio.create_task(supervisor.run())
        for _ in range(5):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running])
        assert supervisor.left_out == (("energy_kwh",) if isinstance(driver, Polled) else ())
        return [(supervisor.reach(at), set(supervisor.fresh(at)), set(supervisor.old(at))) for at in (10.0, 10.1)]

    assert asyncio.run(main()) == [at_10_s, later or at_10_s]


class LampOfMany:
    """A lamp controller that is asked again and again: each look tells several quantities, one after the other."""

    name = "lamp-1"

    def fresh_s(self, quantity: str) -> float:
        return 10.0

    async def run(self, emit: Emit) -> None:
        await emit(Reading(self.name, "level_percent", 40.0, 0.0))
        await emit(Reading(self.name, "overcurrent", False, 1.0))
        await emit(Reading(self.name, "charge_percent", 5001, 2.0, Quality.SUSPECT, "5001 is outside 0 to 100"))
        await asyncio.Event().wait()


def test_of_a_lamp_its_level_is_shown_whatever_it_told_last_and_nothing_that_is_doubted() -> None:
    shown: list[str | None] = []

    async def main() -> None:
        async def emit(reading: Reading) -> None:
            for now_s in (2.0, 20.0):
                told = supervisor.shown(now_s)
                shown.append(None if told is None else told.quantity)

        supervisor = Supervisor(LampOfMany(), emit)
        task = asyncio.create_task(supervisor.run())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    by_now, when_its_level_is_old = shown[::2], shown[1::2]
    assert by_now == ["level_percent"] * 3
    assert when_its_level_is_old == ["level_percent", "overcurrent", None]
