"""Deadlines that do not drift."""

import asyncio

import pytest

from drivers.schedule import Deadlines, Timetable


class Time:
    """A clock that only moves when somebody sleeps, or is slow."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now_s += seconds


def moments(work_s: list[float]) -> list[float]:
    async def main() -> list[float]:
        time, seen = Time(), list[float]()
        deadlines = Deadlines(1.0, time, time.sleep)
        for each in work_s:
            time.now_s += each
            await deadlines.next()
            seen.append(round(time.now_s - 100, 6))
        return seen

    return asyncio.run(main())


def test_slow_rounds_do_not_add_up() -> None:
    assert moments([0.3, 0.9, 0.0, 0.5]) == [1.0, 2.0, 3.0, 4.0]


def test_moments_that_passed_are_left_out() -> None:
    assert moments([0.1, 3.4, 0.1]) == [1.0, 5.0, 6.0]


def table(periods_s: dict[str, float], draw: float) -> tuple[Timetable, Time]:
    clock = Time()
    return Timetable(periods_s, clock, clock.sleep, lambda: draw), clock


def test_all_is_due_at_once_and_then_each_at_its_own_distance() -> None:
    async def main() -> list[tuple[float, list[str]]]:
        timetable, clock = table({"fast": 1.0, "slow": 2.5}, draw=0.0)
        return [(clock.now_s - 100, due) for _ in range(6) if (due := await timetable.next())]

    assert asyncio.run(main()) == [
        (0, ["fast", "slow"]),
        (1, ["fast"]),
        (2, ["fast"]),
        (2.5, ["slow"]),
        (3, ["fast"]),
        (4, ["fast"]),
    ]


@pytest.mark.parametrize(("draw", "second_s"), [(0.0, 10.0), (0.5, 7.5), (0.99, 5.05)])
def test_devices_that_start_together_do_not_stay_together(draw: float, second_s: float) -> None:
    async def main() -> list[float]:
        timetable, clock = table({"": 10.0}, draw)
        return [clock.now_s - 100 for _ in range(3) if await timetable.next()]

    first, second, third = asyncio.run(main())
    assert first == 0
    assert second == pytest.approx(second_s)
    assert third - second == pytest.approx(10)


def test_what_was_missed_is_due_once() -> None:
    async def main() -> tuple[list[str], float]:
        timetable, clock = table({"": 1.0}, draw=0.0)
        await timetable.next()
        clock.now_s += 5.3
        late = await timetable.next()
        await timetable.next()
        return late, clock.now_s - 100

    assert asyncio.run(main()) == ([""], 6.0)
