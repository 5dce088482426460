"""A SEN0310 on a line, against pymodbus's own slave: it waits for orders after each start, and measures once told."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers import profile, registry
from drivers.base import Quality, Reading
from drivers.errors import DeviceError
from drivers.line import Line
from drivers.modbus import Master
from drivers.modbus_sensor import ModbusSensor
from drivers.options import Seconds
from drivers.profile import ProfileError
from tests.support.virtual_time import run_settling

pytestmark = pytest.mark.usefixtures("devices_by_loop")


UNIT, PASSIVE, CONTROL = 0x0B, 0x0004, 8
DISTANCE_CM, TEMPERATURE = 5, 6


class Sen0310:
    """The registers of the wiki's table; the distance is 0 until it is told to measure by itself.

    Args:
        protected: writes are taken and forgotten.
    """

    def __init__(self, distance_cm: int, protected: bool = False) -> None:
        self._distance_cm, self._protected = distance_cm, protected
        self.writes: list[int] = []
        registers = [1, 0x0010, UNIT, 5, 1, 0, 0xFFCE, 0, PASSIVE]
        bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
        holding = [SimData(0, values=registers, datatype=DataType.REGISTERS)]
        nothing = [SimData(60000, values=[0], datatype=DataType.REGISTERS)]
        self.device = SimDevice(UNIT, simdata=(bits, bits, holding, nothing), action=self._access)

    async def _access(self, *access: Any) -> None:
        function, start, _, _, registers, values = access
        if function == 6 and values is not None:
            self.writes.append(values[0])
            if values[0] == 0:
                registers[DISTANCE_CM - start] = self._distance_cm
        if function == 3 and self._protected:
            registers[CONTROL - start] = PASSIVE


def listen(serial_server: Any, slave: Sen0310, fast: Any, count: int) -> list[Reading]:
    """The first readings."""

    async def main() -> list[Reading]:
        said: list[Reading] = []
        enough = asyncio.Event()

        async def emit(reading: Reading) -> None:
            said.append(reading)
            if len(said) == count:
                enough.set()

        async with serial_server(slave.device) as port, Line("rs485", fast(port)) as line, asyncio.timeout(PATIENCE_S):
            options = ModbusSensor(line="rs485", unit=UNIT, profile="dfrobot-sen0310", period_s=Seconds(0.05))
            driver = registry.sensor(
                "ultra", options, registry.SensorContext(Path("/nowhere"), {"rs485": Master(line)})
            )
            running = asyncio.create_task(driver.run(emit))
            waiting = asyncio.create_task(enough.wait())
            await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            running.cancel()
            await asyncio.wait({running})
        if not running.cancelled():
            running.result()
        return said

    return run_settling(main())


def test_it_is_set_to_measure_before_its_distance_counts(serial_server: Any, fast: Any) -> None:
    slave = Sen0310(distance_cm=217)
    said = listen(serial_server, slave, fast, 4)
    assert slave.writes == [0]
    assert [(each.quantity, each.value, each.quality) for each in said[:2]] == [
        ("distance_mm", 2170, Quality.GOOD),
        ("temperature_c", -5.0, Quality.GOOD),
    ]


@pytest.mark.parametrize(("distance_cm", "distance_mm"), [(69, 690), (1501, 15010)])
def test_what_is_out_of_its_range_is_suspect(serial_server: Any, fast: Any, distance_cm: int, distance_mm: int) -> None:
    said = listen(serial_server, Sen0310(distance_cm), fast, 1)
    assert (said[0].value, said[0].quality) == (distance_mm, Quality.SUSPECT)


def test_one_that_forgets_its_setup_is_down_and_tells_nothing(serial_server: Any, fast: Any) -> None:
    with pytest.raises(DeviceError, match=r"ultra: does not keep control = 0"):
        listen(serial_server, Sen0310(217, protected=True), fast, 1)


def test_any_profile_with_an_occupied_is_a_sensor(tmp_path: Path) -> None:
    (tmp_path / "loop.toml").write_text(
        'description = "a loop detector"\n[register.occupied]\nfunction = 2\naddress = 0\ntype = "coil"\n'
    )
    assert profile.load("loop", tmp_path).quantities == {"occupied"}
    with pytest.raises(ProfileError, match=r'there is no profile "loop"'):
        profile.load("loop")


def test_a_sensor_with_an_error_says_what_is_broken_and_no_value(serial_server: Any, fast: Any) -> None:
    async def main(status: int) -> dict[str, object]:
        bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
        nothing = [SimData(60000, values=[0], datatype=DataType.REGISTERS)]
        inputs = [SimData(0, values=[status, 0, 0, 457], datatype=DataType.REGISTERS)]
        slave, said, enough = (
            SimDevice(0xFE, simdata=(bits, bits, nothing, inputs)),
            dict[str, object](),
            asyncio.Event(),
        )

        async def emit(reading: Reading) -> None:
            said[reading.quantity] = reading.value
            if reading.quantity == "sensor_fault":
                enough.set()

        async with serial_server(slave) as port, Line("rs485", fast(port)) as line, asyncio.timeout(PATIENCE_S):
            options = ModbusSensor(line="rs485", unit=0xFE, profile="senseair-s8", period_s=Seconds(0.05))
            context = registry.SensorContext(Path("/nowhere"), {"rs485": Master(line)})
            running = asyncio.create_task(registry.sensor("co2", options, context).run(emit))
            await enough.wait()
            running.cancel()
            await asyncio.wait({running})
        return said

    assert run_settling(main(0)) == {"meter_status": 0, "co2_ppm": 457, "sensor_fault": ""}
    assert run_settling(main(0x42)) == {
        "meter_status": 0x42,
        "sensor_fault": "offset regulation error, memory error",
    }
