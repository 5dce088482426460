"""Two lamps of one gateway, polled by their drivers, on a line whose slave answers late and twice."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from patience import PATIENCE_S

from agent.trades.lighting.options import LampOptions
from drivers import profile
from drivers.base import Reading
from drivers.errors import DeviceError
from drivers.lamp import Lamp
from drivers.line import Line
from drivers.modbus import Master
from drivers.options import Seconds
from tests.support.virtual_time import run_settling

pytestmark = pytest.mark.usefixtures("devices_by_loop")


UNIT = 1
TIMEOUT_S = 0.02
LEVELS_PERCENT = {"lamp-0": 20.0, "lamp-1": 70.0}
LAMP_ON, LAMP_FAILURE = 0b100, 0b010
FAULTS = ("late", "late and twice", "twice", "silent")
ENOUGH = 2
"""The least number of each fault, and of readings of each lamp."""


def register(address: int) -> int:
    """Returns the value of a register of the gateway: all that is the same in both lamps' requests is the unit and
    how much they ask for."""
    short_address, n = divmod(address, 100)
    if n in {6, 15}:  # actual level, arc power
        return int(LEVELS_PERCENT.get(f"lamp-{short_address}", 0.0))
    if n == 5:  # status
        return LAMP_ON | (LAMP_FAILURE if short_address else 0)
    return 0


def lamp(name: str, short_address: int, master: Master) -> Lamp:
    device = LampOptions(
        line="rs485",
        unit=UNIT,
        profile="intesis-inmbsdal",
        channel=0,
        short_address=short_address,
        period_s=Seconds(0.01),
    )
    return Lamp(name, device, profile.load("intesis-inmbsdal"), master)


async def poll_for_ever(driver: Lamp, emit: Callable[[Reading], Any]) -> None:
    """Polls as the daemon does: a device that is down is tried again."""
    while True:
        with contextlib.suppress(DeviceError):
            await driver.run(emit)


def test_promise_a_number_that_is_wrong_is_worse_than_none_late_and_second_answers(
    pty: Any, slave: Any, fast: Any, rtu: Any
) -> None:
    """Every answer is right and well formed; half of them come late, twice or never. No lamp is told the other's."""
    chance = random.Random(7)
    faults: Counter[str] = Counter()
    said: list[Reading] = []

    def script(request: bytes) -> list[tuple[float, bytes]]:
        first, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
        words = "".join(f"{register(address):04x}" for address in range(first, first + count))
        right = rtu(UNIT, f"03{2 * count:02x}{words}")
        soon_s, late_s = TIMEOUT_S * chance.uniform(0.2, 0.7), TIMEOUT_S * chance.uniform(1.2, 1.9)
        fault = chance.choice((*FAULTS, *["none"] * 6 * len(FAULTS)))
        faults[fault] += 1
        return {
            "none": [(soon_s, right)],
            "late": [(late_s, right)],
            "late and twice": [(late_s, right), (late_s + 0.3 * TIMEOUT_S, right)],
            "twice": [(soon_s, right + right)],
            "silent": [],
        }[fault]

    async def emit(reading: Reading) -> None:
        said.append(reading)

    def enough() -> bool:
        heard = Counter(each.device for each in said if each.quantity == "level_percent")
        return min(*(heard[name] for name in LEVELS_PERCENT), *(faults[each] for each in FAULTS)) >= ENOUGH

    async def main() -> None:
        async with Line("rs485", fast(pty.path, timeout_s=TIMEOUT_S)) as line, asyncio.timeout(2 * PATIENCE_S):
            with slave(pty, script):
                master = Master(line)
                polling = [
                    asyncio.create_task(poll_for_ever(lamp(name, n, master), emit))
                    for n, name in enumerate(LEVELS_PERCENT)
                ]
                while not enough():
                    await asyncio.sleep(0.01)
                for each in polling:
                    each.cancel()
                await asyncio.gather(*polling, return_exceptions=True)

    run_settling(main())
    for name, level_percent in LEVELS_PERCENT.items():
        assert {each.value for each in said if (each.device, each.quantity) == (name, "level_percent")} == {
            level_percent
        }
    failed = {(each.device, each.value) for each in said if each.quantity == "lamp_failure"}
    assert failed == {("lamp-0", False), ("lamp-1", True)}
