"""What a controller is told for the time when nobody speaks to it."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S

from agent.trades.lighting.options import LampOptions
from drivers import profile
from drivers.base import Outcome, Reading
from drivers.lamp import Lamp
from drivers.line import Line
from drivers.modbus import Master
from drivers.options import Seconds
from tests.support.virtual_time import run_settling

pytestmark = pytest.mark.usefixtures("devices_by_loop")


PROFILE = """
description = "a lamp with a watchdog"
[register.level_raw_percent]
function = 3
address = 1
type = "u16"
range = [0, 100]
unit = "%"
write = 6
[register.timer_s]
function = 3
address = 2
type = "u16"
write = 6
poll = false
[register.fallback_percent]
function = 3
address = 3
type = "u16"
unit = "%"
write = 6
poll = false
[lamp]
level = "level_raw_percent"
[failsafe]
when_silent = "goes to failsafe_level_percent"
at_start = { timer_s = 60, fallback_percent = "failsafe_level_percent" }
"""
FEED_BY_WRITING = '[failsafe.feed]\nregister = "timer_s"\nperiod = "20ms"\nwrite = 60\n'
FEED_BY_READING = '[failsafe.feed]\nregister = "level_raw_percent"\nperiod = "20ms"\n'


class Controller:
    """Unit 1.

    Args:
        refuses: the Modbus exception that an access of (function, address) meets; 0: none; None: silence.
        keeps: whether it takes what it is written.
    """

    def __init__(
        self, rtu: Any, refuses: Callable[[int, int], int | None] = lambda function, address: 0, keeps: bool = True
    ) -> None:
        self._rtu, self._refuses, self._keeps = rtu, refuses, keeps
        self.memory = {1: 70, 2: 10, 3: 0}
        self.read: list[int] = []
        self.written: list[tuple[int, int]] = []

    def __call__(self, request: bytes) -> list[tuple[float, bytes]]:
        function, address, value = request[1], int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
        code = self._refuses(function, address)
        if code is None:
            return []
        if code:
            return [(0, self._rtu(1, f"{function | 0x80:02x}{code:02x}"))]
        if function == 3:
            self.read.append(address)
            return [(0, self._rtu(1, f"0302{self.memory.get(address, 0):04x}"))]
        self.written.append((address, value))
        if self._keeps:
            self.memory[address] = value
        return [(0, request)]


@pytest.fixture
def lamp_on(pty: Any, slave: Any, fast: Any, tmp_path: Path) -> Callable[..., int]:
    """Run a lamp on a controller until it is as wanted; how many levels it told."""

    def run(controller: Controller, until: Callable[[int], bool], text: str = PROFILE, period_s: float = 0.01) -> int:
        (tmp_path / "own.toml").write_text(text)
        levels = 0

        async def emit(reading: Reading) -> None:
            nonlocal levels
            levels += reading.quantity == "level_percent"

        async def main() -> None:
            async with Line("rs485", fast(pty.path, timeout_s=0.05)) as line, asyncio.timeout(PATIENCE_S):
                with slave(pty, controller):
                    device = LampOptions(
                        line="rs485", unit=1, profile="own", period_s=Seconds(period_s), failsafe_level_percent=40
                    )
                    lamp = Lamp("lamp-1", device, profile.load("own", tmp_path), Master(line))
                    running = asyncio.create_task(lamp.run(emit))
                    while not until(levels):
                        await asyncio.sleep(0.005)
                    running.cancel()
                    await asyncio.gather(running, return_exceptions=True)

        run_settling(main())
        return levels

    return run


def test_what_differs_is_written_once_at_start(lamp_on: Any, rtu: Any) -> None:
    controller = Controller(rtu)
    lamp_on(controller, lambda levels: levels >= 6)
    assert controller.written == [(2, 60), (3, 40)]
    assert controller.read[-3:] == [1, 1, 1], "what is set is not asked for again"


def test_what_is_set_already_is_not_written_for_it_wears(lamp_on: Any, rtu: Any) -> None:
    controller = Controller(rtu)
    controller.memory |= {2: 60, 3: 41}
    lamp_on(controller, lambda levels: levels >= 4)
    assert controller.written == []


def test_a_setting_that_does_not_stay_is_told_once(lamp_on: Any, rtu: Any, caplog: pytest.LogCaptureFixture) -> None:
    controller = Controller(rtu, keeps=False)
    with caplog.at_level(logging.WARNING):
        lamp_on(controller, lambda levels: levels >= 10)
    assert [record.getMessage() for record in caplog.records] == [
        "lamp-1: register 2 does not keep timer_s = 60",
        "lamp-1: register 3 does not keep fallback_percent = 40",
    ]
    assert 3 <= controller.written.count((2, 60)) <= 4


@pytest.mark.parametrize(("code", "said"), [(2, "has no register 3"), (None, "did not answer"), (6, "is busy")])
def test_a_setting_that_cannot_be_made_takes_no_lamp_down(
    lamp_on: Any, rtu: Any, caplog: pytest.LogCaptureFixture, code: int | None, said: str
) -> None:
    controller = Controller(rtu, lambda function, address: code if (function, address) == (6, 3) else 0)
    with caplog.at_level(logging.WARNING):
        lamp_on(controller, lambda levels: levels >= 10)
    (told,) = [record.getMessage() for record in caplog.records]
    assert said in told
    assert told.endswith("fallback_percent = 40 is not set, and its fail-safe may be another one")


def test_a_setting_that_cannot_be_read_is_written_all_the_same(lamp_on: Any, rtu: Any) -> None:
    controller = Controller(rtu, lambda function, address: 2 if (function, address) == (3, 3) else 0)
    lamp_on(controller, lambda levels: levels >= 5)
    assert controller.written == [(2, 60), (3, 40)]


def test_a_timer_is_fed_by_writing(lamp_on: Any, rtu: Any) -> None:
    controller = Controller(rtu)
    lamp_on(controller, lambda levels: controller.written.count((2, 60)) >= 4, PROFILE + FEED_BY_WRITING)
    assert controller.memory[2] == 60


def test_a_lamp_that_is_polled_seldom_is_fed_by_reading(lamp_on: Any, rtu: Any) -> None:
    controller = Controller(rtu)
    levels = lamp_on(controller, lambda levels: len(controller.read) >= 8, PROFILE + FEED_BY_READING, period_s=60)
    assert levels == 1
    assert controller.read[-3:] == [1, 1, 1]


def test_polling_often_is_food_enough(lamp_on: Any, rtu: Any) -> None:
    controller = Controller(rtu)
    slow = FEED_BY_READING.replace("20ms", "1h")
    levels = lamp_on(controller, lambda levels: levels >= 8, PROFILE + slow)
    assert controller.read.count(1) - levels <= 1


def test_a_new_run_looks_at_the_settings_again(pty: Any, slave: Any, fast: Any, rtu: Any, tmp_path: Path) -> None:
    """The device was away: it may be another one."""
    (tmp_path / "own.toml").write_text(PROFILE)
    controller = Controller(rtu)

    async def main() -> None:
        async def emit(reading: Reading) -> None:
            if len(controller.written) % 2 == 0 and controller.written:
                raise StopAsyncIteration

        async with Line("rs485", fast(pty.path)) as line, asyncio.timeout(PATIENCE_S):
            with slave(pty, controller):
                device = LampOptions(line="rs485", unit=1, profile="own", period_s=Seconds(0.01))
                lamp = Lamp("lamp-1", device, profile.load("own", tmp_path), Master(line))
                for _ in range(2):
                    with pytest.raises(StopAsyncIteration):
                        await lamp.run(emit)
                    controller.memory |= {2: 10, 3: 0}
                    before, controller.written = controller.written, []
                    assert before == [(2, 60), (3, 100)]

    run_settling(main())


class Solar(Controller):
    """A street light with a switch that is a register, and a register of its own that tells what it does."""

    def __init__(self, rtu: Any) -> None:
        super().__init__(rtu)
        self.memory = {0x0120: 0, 0x0121: 0, 0x0122: 0, 0x010A: 0, 0xE001: 0} | {at: 0 for at in range(0x100, 0x107)}

    def __call__(self, request: bytes) -> list[tuple[float, bytes]]:
        function, address, count = request[1], int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
        if function == 3:
            values = "".join(f"{self.memory.get(at, 0):04x}" for at in range(address, address + count))
            return [(0, self._rtu(1, f"03{2 * count:02x}{values}"))]
        answer = super().__call__(request)
        self.memory[0x0120] = self.memory[0x010A] << 15 | self.memory[0xE001] << 8 | 3
        return answer


def execute(pty: Any, slave: Any, fast: Any, controller: Controller, name: str, *levels: float) -> list[Outcome]:
    async def main() -> list[Outcome]:
        async with Line("rs485", fast(pty.path)) as line, asyncio.timeout(PATIENCE_S):
            with slave(pty, controller):
                options: dict[str, int] = {"dali_group": 3} if name.endswith("-group") else {}
                device = LampOptions(line="rs485", unit=1, profile=name, **options)
                lamp = Lamp("lamp-1", device, profile.load(name), Master(line))
                return [await lamp.set_level(f"c-{level}", level) for level in levels]

    return run_settling(main())


def test_a_switch_may_be_a_register_and_be_read_elsewhere(pty: Any, slave: Any, fast: Any, rtu: Any) -> None:
    controller = Solar(rtu)
    lit, dark = execute(pty, slave, fast, controller, "renogy-rover", 60, 0)
    assert (lit.status, lit.observed) == ("done", 60)
    assert (dark.status, dark.observed) == ("done", 0)
    assert controller.written == [(0xE001, 60), (0x010A, 1), (0x010A, 0)]


@pytest.mark.parametrize(("name", "address"), [("ecodim-dali-gw2-group", 2015), ("ecodim-dali-gw2-broadcast", 1000)])
def test_a_group_is_written_at_once_and_says_that_nothing_tells_its_level(
    pty: Any, slave: Any, fast: Any, rtu: Any, name: str, address: int
) -> None:
    controller = Controller(rtu)
    (outcome,) = execute(pty, slave, fast, controller, name, 10)
    assert (outcome.status, outcome.observed) == ("done", None)
    assert "nothing tells the level" in outcome.reason
    assert controller.written == [(address, 170)], "10 % as a DALI arc power"
