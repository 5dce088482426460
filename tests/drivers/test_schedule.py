"""Deadlines that do not drift."""

import asyncio

from drivers.schedule import Deadlines


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
