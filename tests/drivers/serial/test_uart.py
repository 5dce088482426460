"""A sensor on a pseudo-terminal that a profile describes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from agent.simulate.chip import Chip
from drivers.base import Quality, Reading
from drivers.errors import BadAnswer, DeviceError, LineError, NoAnswer
from drivers.options import Seconds
from drivers.serial import profile, supply
from drivers.serial.options import UartSensor
from drivers.serial.profile import SerialProfile
from drivers.serial.uart import UartDriver

CM1106 = "160501025800008a"
PMS3003 = "424d001400010001000100010001000100000000005100fa"

THERMOMETER = r"""description = "T"
warm_up = "{warm_up}"
cleaning = "50ms"
counts_hours = true
[line]
pattern = 'T=(?P<temperature_c>-?\d+\.\d)'
[command]
begin = ["62"]
sleep = ["73"]
clean = ["63"]
[[value]]
quantity = "temperature_c"
unit = "°C"
range = [-40, 60]
[[vector]]
text = "T=21.5"
says = {{ temperature_c = 21.5 }}
"""


def thermometer(folder: Path, warm_up: str = "0s") -> SerialProfile:
    (folder / "serial").mkdir()
    (folder / "serial" / "t.toml").write_text(THERMOMETER.format(warm_up=warm_up))
    return profile.load("t", folder)


class Bench:
    """A driver, and what it says while the far end goes on saying something."""

    def __init__(self, pty: Any, found: SerialProfile, counted: Mapping[str, float] | None = None, **options: Any):
        options = {"period_s": Seconds(0.05)} | options
        table = UartSensor(port=pty.path, profile=found.name, **options)
        self.driver, self.pty = UartDriver("air", table, found, counted), pty
        self.said: list[Reading] = []
        self.heard = b""

    async def emit(self, reading: Reading) -> None:
        self.said.append(reading)

    @contextlib.asynccontextmanager
    async def saying(self, data: bytes) -> AsyncIterator[asyncio.Task[None]]:
        async def say() -> None:
            while True:
                self.pty.say(data)
                self.heard += self.pty.hear()
                await asyncio.sleep(0.02)

        tasks = [asyncio.create_task(self.driver.run(self.emit)), asyncio.create_task(say())]
        try:
            yield tasks[0]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def until(self, quantity: str, count: int = 1) -> list[Reading]:
        while len(found := [each for each in self.said if each.quantity == quantity]) < count:
            await asyncio.sleep(0.01)
        return found

    async def fails(self, data: bytes) -> DeviceError:
        async with self.saying(data) as running:
            with pytest.raises(DeviceError) as caught:
                await running
        return caught.value


ASKED = """description = "T"
[frame]
start = "16"
length_at = { byte = 1, add = 3 }
check = { type = "negative8" }
[message.data]
length = 8
[command]
ask = ["11 01 01 ed"]
[[value]]
quantity = "co2_ppm"
in = "data"
byte = 3
unit = "ppm"
[[vector]]
hex = "160501025800008a"
says = { co2_ppm = 600 }
"""


def test_a_sensor_that_is_asked(pty: Any, tmp_path: Path) -> None:
    (tmp_path / "serial").mkdir()
    (tmp_path / "serial" / "t.toml").write_text(ASKED)

    async def main() -> Bench:
        bench = Bench(pty, profile.load("t", tmp_path))
        async with bench.saying(bytes.fromhex(CM1106)):
            await bench.until("co2_ppm")
        return bench

    bench = asyncio.run(main())
    assert bench.heard.startswith(bytes.fromhex("110101ed"))
    assert next(each.value for each in bench.said if each.quantity == "co2_ppm") == 600


def test_lines_become_readings_and_what_is_out_of_range_is_doubted(pty: Any, tmp_path: Path) -> None:
    async def main() -> list[Reading]:
        bench = Bench(pty, thermometer(tmp_path))
        async with bench.saying(b"T=21.5\r\n"):
            first = await bench.until("temperature_c")
        bench.said.clear()
        async with bench.saying(b"T=99.9\r\n"):
            while not any(each.value == 99.9 for each in bench.said):
                await asyncio.sleep(0.01)
        return [first[0], next(each for each in bench.said if each.value == 99.9)]

    good, doubted = asyncio.run(main())
    assert (good.value, good.quality) == (21.5, Quality.GOOD)
    assert (doubted.quality, doubted.detail) == (Quality.SUSPECT, "99.9 °C is outside -40 to 60")


def test_what_waited_in_the_port_and_what_it_says_while_it_warms_up_is_no_value(pty: Any, tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(pty, thermometer(tmp_path, warm_up="1h"))
        pty.say(b"T=11.1\r\n" * 20)
        async with bench.saying(b"T=21.5\r\n"):
            await bench.until("running_hours_h")
            await asyncio.sleep(0.3)
        assert not [each for each in bench.said if each.quantity == "temperature_c"]
        assert bench.driver.figures["phase"] == "warming"

    asyncio.run(main())


def test_it_rests_and_is_woken(pty: Any, tmp_path: Path) -> None:
    async def main() -> bytes:
        bench = Bench(pty, thermometer(tmp_path), rest_s=Seconds(0.2), measure_s=Seconds(0.2))
        async with bench.saying(b"T=21.5\n"):
            while bench.heard.count(b"s") < 2 or bench.heard.count(b"b") < 2:
                await asyncio.sleep(0.01)
        return bench.heard

    assert asyncio.run(main()).startswith(b"bsb")


def test_a_period_that_is_longer_than_the_time_of_measuring_has_its_reading_all_the_same(
    pty: Any, tmp_path: Path
) -> None:
    (tmp_path / "serial").mkdir()
    (tmp_path / "serial" / "t.toml").write_text(ASKED)

    async def main() -> Bench:
        bench = Bench(
            pty, profile.load("t", tmp_path), rest_s=Seconds(0.3), measure_s=Seconds(0.3), period_s=Seconds(5)
        )
        async with bench.saying(bytes.fromhex(CM1106)):
            await bench.until("co2_ppm", 2)
        return bench

    assert asyncio.run(main()).heard.count(bytes.fromhex("110101ed")) >= 2


def test_its_fan_is_cleaned_by_hours_that_go_on_after_a_restart(pty: Any, tmp_path: Path) -> None:
    async def main() -> Bench:
        counted = {"running_hours_h": 900.0, "since_cleaning_h": 200.0}
        bench = Bench(pty, thermometer(tmp_path), counted, clean_every_s=Seconds(168 * 3600))
        async with bench.saying(b"T=21.5\n"):
            cleaning = await bench.until("fan_cleaning", 2)
            await bench.until("temperature_c")
        assert [each.value for each in cleaning] == [True, False]
        return bench

    bench = asyncio.run(main())
    assert bench.heard.count(b"c") == 1
    assert next(each.value for each in bench.said if each.quantity == "running_hours_h") == 900.0


def test_a_sister_model_is_told_by_its_name(pty: Any) -> None:
    async def main() -> DeviceError:
        return await Bench(pty, profile.load("plantower-pms5003")).fails(bytes.fromhex(PMS3003))

    error = asyncio.run(main())
    assert isinstance(error, BadAnswer)
    assert "says frames of a Plantower PMS3003" in error.what
    assert "expected a Plantower PMS5003" in error.hint


def test_a_silent_sensor_is_down_and_says_where(pty: Any, tmp_path: Path) -> None:
    async def main() -> DeviceError:
        return await Bench(pty, thermometer(tmp_path), silence_s=Seconds(0.3)).fails(b"no line\n")

    error = asyncio.run(main())
    assert isinstance(error, NoAnswer)
    assert f"no value on serial port {pty.path}" in error.what


def test_without_a_port(tmp_path: Path) -> None:
    async def main() -> None:
        table = UartSensor(port="/dev/nowhere", profile="t")
        with pytest.raises(LineError, match="serial port /dev/nowhere does not exist"):
            await UartDriver("air", table, thermometer(tmp_path)).run(Bench.emit)  # type: ignore[arg-type]

    asyncio.run(main())


@pytest.fixture
def place() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder) / "chip"


def test_one_that_fell_silent_is_switched_off_and_on(
    pty: Any, tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supply, "OFF_S", 0.2)

    async def main() -> None:
        async with Chip(place) as chip:
            bench = Bench(
                pty,
                thermometer(tmp_path),
                {"power_cycle_count": 2},
                silence_s=Seconds(0.3),
                supply_chip=str(place),
                supply_offset=7,
            )
            seen = set()
            async with bench.saying(b"?"):
                while not any(each.quantity == "power_cycle_count" for each in bench.said):
                    seen.add(chip.is_high(7))
                    await asyncio.sleep(0.005)
                assert [each.value for each in bench.said if each.quantity == "power_cycle_count"] == [3]
                pty.say(b"\nT=21.5\n")
            assert True in seen
            assert False in seen

    asyncio.run(main())


def test_its_supply_is_not_switched_again_and_again(place: Path) -> None:
    async def no_time(seconds: float) -> None:
        await asyncio.sleep(0)

    async def main() -> list[bool]:
        async with Chip(place):
            it = supply.Supply(
                "air", UartSensor(port="p", profile="t", supply_chip=str(place), supply_offset=7), no_time
            )
            await it.on()
            found = [await it.cycle(now_s) for now_s in (0.0, 599.0, 600.0)]
            it.close()
            return found

    assert asyncio.run(main()) == [True, False, True]
