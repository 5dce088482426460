"""A lamp with a colour temperature, against pymodbus's own slave and a profile of its own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pymodbus.constants import ExcCodes
from pymodbus.simulator import DataType, SimData, SimDevice

from agent.trades.lighting.options import LampOptions
from drivers import profile
from drivers.base import Outcome, Reading
from drivers.lamp import Lamp
from drivers.line import Line, TcpLine
from drivers.modbus import Master
from drivers.options import Seconds

TUNABLE = """\
description = "a lamp of which the light can be warm or cold"
[register.level]
function = 3
address = 0
type = "u16"
unit = "1"
range = [0, 100]
write = 6
[register.colour_wanted_k]
function = 3
address = 1
type = "u16"
scale = 10
write = 6
poll = false
[register.colour_temperature_k]
function = 3
address = 2
type = "u16"
unit = "K"
scale = 10
dead_band = 100
invalid = [0xFFFF]
[lamp]
level = "level"
[lamp.colour]
set = "colour_wanted_k"
range = [2200, 5000]
"""
LEVEL, WANTED, TOLD = 0, 1, 2


class Tunable:
    """Counts in tens of kelvin.

    Args:
        stays_at: what it tells whatever it is told; None: it obeys.
        refuses: it refuses the register of its colour temperature.
    """

    def __init__(self, stays_at: int | None = None, *, refuses: bool = False) -> None:
        self._stays_at, self._refuses = stays_at, refuses
        self.written: list[tuple[int, int]] = []

    def device(self) -> SimDevice:
        return SimDevice(1, simdata=[SimData(0, values=[0, 0, 300], datatype=DataType.REGISTERS)], action=self._access)

    async def _access(
        self, function: int, start: int, address: int, count: int, registers: list[int], values: Any
    ) -> ExcCodes | None:
        if not values:
            return None
        if address == WANTED and self._refuses:
            return ExcCodes.ILLEGAL_ADDRESS
        if (address, values[0]) not in self.written:
            self.written.append((address, values[0]))
        if address == WANTED:
            registers[TOLD - start] = values[0] if self._stays_at is None else self._stays_at
        return None


@contextlib.asynccontextmanager
async def opened(tcp_server: Any, tunable: Tunable, folder: Path, text: str = TUNABLE) -> AsyncIterator[Lamp]:
    (folder / "tunable.toml").write_text(text)
    device = LampOptions(line="gateway", unit=1, profile="tunable", period_s=Seconds(0.02))
    async with (
        tcp_server(tunable.device()) as port,
        Line("gateway", TcpLine(host="127.0.0.1", port=port)) as line,
    ):
        yield Lamp("lamp-1", device, profile.load("tunable", folder), Master(line))


def ordered(tcp_server: Any, tunable: Tunable, folder: Path, wanted_k: float | None, text: str = TUNABLE) -> Outcome:
    async def main() -> Outcome:
        async with opened(tcp_server, tunable, folder, text) as lamp:
            return await lamp.set_light("c-1", 40.0, wanted_k)

    return asyncio.run(main())


def test_a_colour_temperature_is_written_before_the_level_and_both_are_read_back(
    tcp_server: Any, tmp_path: Path
) -> None:
    tunable = Tunable()
    outcome = ordered(tcp_server, tunable, tmp_path, 2700.0)
    assert outcome == Outcome("c-1", "done", observed=40.0, observed_k=2700.0)
    assert tunable.written == [(WANTED, 270), (LEVEL, 40)]


def test_a_level_alone_leaves_it_as_it_is(tcp_server: Any, tmp_path: Path) -> None:
    tunable = Tunable()
    assert ordered(tcp_server, tunable, tmp_path, None) == Outcome("c-1", "done", observed=40.0)
    assert tunable.written == [(LEVEL, 40)]


@pytest.mark.parametrize("wanted_k", [2199.0, 5001.0])
def test_what_the_lamp_does_not_have_is_refused_and_nothing_is_written(
    wanted_k: float, tcp_server: Any, tmp_path: Path
) -> None:
    tunable = Tunable()
    outcome = ordered(tcp_server, tunable, tmp_path, wanted_k)
    assert outcome.status == "refused"
    assert "goes from 2200 to 5000 K" in outcome.reason
    assert tunable.written == []


def test_a_profile_without_one_refuses_it(tcp_server: Any, tmp_path: Path) -> None:
    outcome = ordered(tcp_server, Tunable(), tmp_path, 2700.0, TUNABLE.partition("[lamp.colour]")[0])
    assert (outcome.status, outcome.reason.partition(": ")[2]) == ("refused", "its profile has no [lamp.colour]")


def test_a_lamp_that_keeps_another_is_told(tcp_server: Any, tmp_path: Path) -> None:
    outcome = ordered(tcp_server, Tunable(300), tmp_path, 2700.0)
    assert (outcome.status, outcome.observed, outcome.observed_k) == ("failed", 40.0, 3000.0)
    assert "tells 3000 K after 2700 K was written" in outcome.reason


def test_a_mark_of_no_value_is_no_colour_temperature(tcp_server: Any, tmp_path: Path) -> None:
    outcome = ordered(tcp_server, Tunable(0xFFFF), tmp_path, 2700.0)
    assert (outcome.status, outcome.observed_k) == ("failed", None)
    assert "tells nothing after 2700 K" in outcome.reason


def test_one_within_the_tolerance_is_there(tcp_server: Any, tmp_path: Path) -> None:
    assert ordered(tcp_server, Tunable(279), tmp_path, 2700.0).observed_k == 2790.0


def test_a_lamp_that_refuses_it_gets_its_level_all_the_same(tcp_server: Any, tmp_path: Path) -> None:
    tunable = Tunable(refuses=True)
    outcome = ordered(tcp_server, tunable, tmp_path, 2700.0)
    assert (outcome.status, outcome.observed) == ("failed", 40.0)
    assert "has no register 1 for function 6 (Modbus exception 2)" in outcome.reason
    assert tunable.written == [(LEVEL, 40)]


def test_it_is_told_beside_the_level(tcp_server: Any, tmp_path: Path) -> None:
    async def main() -> list[Reading]:
        said: list[Reading] = []
        enough = asyncio.Event()

        async def emit(reading: Reading) -> None:
            said.append(reading)
            if {each.quantity for each in said} == {"level_percent", "colour_temperature_k"}:
                enough.set()

        async with opened(tcp_server, Tunable(), tmp_path) as lamp:
            running = asyncio.create_task(lamp.run(emit))
            await enough.wait()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        return said

    assert next(each.value for each in asyncio.run(main()) if each.quantity == "colour_temperature_k") == 3000.0


MIRED = TUNABLE.replace("scale = 10\n", 'curve = "mired"\n').replace("[2200, 5000]", "[1800, 20000]")


@pytest.mark.parametrize(
    ("wanted_k", "steps", "told_k"), [(2700.0, 370, 2702.7), (1800.0, 556, 1798.6), (19_800.0, 51, 19_607.8)]
)
def test_a_lamp_that_counts_in_mired_is_told_kelvin(
    wanted_k: float, steps: int, told_k: float, tcp_server: Any, tmp_path: Path
) -> None:
    tunable = Tunable()
    outcome = ordered(tcp_server, tunable, tmp_path, wanted_k, MIRED)
    assert outcome == Outcome("c-1", "done", observed=40.0, observed_k=told_k)
    assert tunable.written == [(WANTED, steps), (LEVEL, 40)]


def test_a_lamp_that_keeps_another_mired_is_told_in_kelvin(tcp_server: Any, tmp_path: Path) -> None:
    outcome = ordered(tcp_server, Tunable(250), tmp_path, 2700.0, MIRED)
    assert (outcome.status, outcome.observed_k) == ("failed", 4000.0)
