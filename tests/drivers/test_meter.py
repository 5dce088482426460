"""Meters against pymodbus's own slave: the values on their displays, in few requests, under the agreed names."""

import asyncio
import math
import struct
from collections.abc import Mapping
from typing import Any

import pytest
from patience import PATIENCE_S
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers import profile
from drivers.base import Quality, Reading
from drivers.errors import DeviceError
from drivers.line import Line, TcpLine
from drivers.meter import Meter, MeterDevice
from drivers.modbus import Master
from drivers.options import Seconds
from drivers.profile import ProfileError
from tests.support.virtual_time import run_settling

pytestmark = pytest.mark.usefixtures("devices_by_loop")


SDM230 = {0x00: 231.5, 0x06: 4.25, 0x0C: 950.0, 0x1E: 0.97, 0x46: 50.02, 0x48: 1234.5, 0x156: 1240.0}
SDM630 = {0x00: 231.5, 0x02: 230.0, 0x04: 229.5, 0x06: 4.0, 0x08: 5.0, 0x0A: 6.0, 0x0C: 900.0, 0x34: 3300.0, 0x3E: 0.96}
SDM630 |= {0x46: 49.98, 0x48: 98765.5, 0x4A: 1.5, 0x156: 98767.0}


class Slave:
    """A meter whose undocumented registers read 0; it counts its requests, and refuses what is too long.

    Args:
        function: by which its registers are read.
    """

    def __init__(self, function: int, words: Mapping[int, list[int]], most: int = 125) -> None:
        first, last = min(words), max(at + len(values) for at, values in words.items())
        memory = [0] * (last - first)
        for at, values in words.items():
            memory[at - first : at - first + len(values)] = values
        bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
        nothing = [SimData(60000, values=[0], datatype=DataType.REGISTERS)]
        blocks = [SimData(first, values=memory, datatype=DataType.REGISTERS)]
        holding, inputs = (blocks, nothing) if function == 3 else (nothing, blocks)
        self.asked: list[tuple[int, int]] = []
        self._most = most
        self.device = SimDevice(7, simdata=(bits, bits, holding, inputs), action=self._access)

    async def _access(self, *access: Any) -> None:
        _, _, address, count, *_ = access
        assert count <= self._most
        self.asked.append((address, count))


def f32(values: Mapping[int, float]) -> dict[int, list[int]]:
    return {at: list(struct.unpack(">HH", struct.pack(">f", value))) for at, value in values.items()}


def listen(tcp_server: Any, slave: Slave, name: str, count: int) -> dict[str, Reading]:
    """The first readings of a meter."""

    async def main() -> dict[str, Reading]:
        said: list[Reading] = []
        enough = asyncio.Event()

        async def emit(reading: Reading) -> None:
            said.append(reading)
            if len(said) == count:
                enough.set()

        async with (
            tcp_server(slave.device) as port,
            Line("cabinet", TcpLine(host="127.0.0.1", port=port)) as line,
            asyncio.timeout(PATIENCE_S),
        ):
            device = MeterDevice(line="cabinet", unit=7, profile=name, period_s=Seconds(30))
            running = asyncio.create_task(Meter("feeder", device, profile.load(name), Master(line)).run(emit))
            await enough.wait()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        return {each.quantity: each for each in said}

    return run_settling(main())


def numbers(said: Mapping[str, Reading]) -> dict[str, float]:
    return {name: round(float(each.value), 3) for name, each in said.items()}  # type: ignore[arg-type]


def test_an_sdm230_in_three_requests(tcp_server: Any) -> None:
    slave = Slave(4, f32(SDM230), most=60)
    said = listen(tcp_server, slave, "eastron-sdm230", 7)
    assert numbers(said) == {
        "supply_voltage_v": 231.5,
        "supply_current_a": 4.25,
        "active_power_w": 950.0,
        "power_factor": 0.97,
        "frequency_hz": 50.02,
        "active_energy_kwh": 1234.5,
        "total_energy_kwh": 1240.0,
    }
    assert len(slave.asked) == 3
    assert {each.device for each in said.values()} == {"feeder"}


def test_an_sdm630_tells_each_phase(tcp_server: Any) -> None:
    slave = Slave(4, f32(SDM630), most=60)
    said = numbers(listen(tcp_server, slave, "eastron-sdm630", 13))
    assert said["supply_voltage_l3_v"] == 229.5
    assert (said["active_power_w"], said["active_energy_kwh"], said["exported_energy_kwh"]) == (3300.0, 98765.5, 1.5)
    assert len(slave.asked) == 4


def test_an_iem3000_counts_watt_hours_in_64_bits(tcp_server: Any) -> None:
    words = f32({2999: 1.5, 3001: 2.5, 3003: 3.5, 3027: 230.0, 3029: 231.0, 3031: 232.0, 3059: 1.75, 3109: 50.0})
    words[3203] = list(struct.unpack(">4H", struct.pack(">q", 5_000_000_123)))
    said = numbers(listen(tcp_server, Slave(3, words), "schneider-iem3000", 9))
    assert said["active_energy_kwh"] == 5_000_000.123
    assert said["active_power_w"] == 1750.0
    assert said["supply_voltage_l2_v"] == 231.0


def test_a_solar_controller_puts_the_low_word_first(tcp_server: Any) -> None:
    words = {0x3100: [1830], 0x3101: [210], 0x3102: [0x86A0, 0x0001], 0x3104: [1290], 0x310C: [1285], 0x310D: [100]}
    words |= {0x310E: [1285, 0], 0x311A: [87]}
    said = numbers(listen(tcp_server, Slave(4, words), "epever-ls-b", 8))
    assert said["pv_power_w"] == 1000.0
    assert (said["active_power_w"], said["battery_charge_percent"]) == (12.85, 87.0)


def test_a_value_that_is_none_is_not_told_and_an_impossible_one_is_suspect(tcp_server: Any) -> None:
    said = listen(tcp_server, Slave(4, f32(SDM230 | {0x0C: math.nan, 0x1E: 3.0})), "eastron-sdm230", 6)
    assert "active_power_w" not in said
    assert said["power_factor"].quality is Quality.SUSPECT
    assert said["supply_voltage_v"].quality is Quality.GOOD


def test_a_silent_meter_is_down(pty: Any, slave: Any, fast: Any) -> None:
    async def main() -> DeviceError:
        async def emit(reading: Reading) -> None:
            raise AssertionError(reading)

        device = MeterDevice(line="rs485", unit=1, profile="eastron-sdm230", period_s=Seconds(0.02))
        async with Line("rs485", fast(pty.path, timeout_s=0.02)) as line, asyncio.timeout(PATIENCE_S):
            with slave(pty, lambda request: []), pytest.raises(DeviceError) as caught:
                await Meter("feeder", device, profile.load(device.profile), Master(line)).run(emit)
        return caught.value

    assert run_settling(main()).device == "feeder"


def test_a_profile_with_parameters_is_no_meter(fast: Any) -> None:
    device = MeterDevice(line="rs485", unit=1, profile="wb-mdm3")
    with pytest.raises(ProfileError, match="needs channel"):
        Meter("feeder", device, profile.load("wb-mdm3"), Master(Line("rs485", fast("/nowhere"))))


AGREED = {"active_power_w", "active_energy_kwh", "supply_voltage_v", "supply_current_a", "power_factor", "frequency_hz"}


def test_meters_use_the_agreed_names() -> None:
    assert set(profile.load("eastron-sdm230").tables.register) >= AGREED
    for name in ("eastron-sdm630", "schneider-iem3000"):
        assert {"active_power_w", "active_energy_kwh", "frequency_hz"} <= set(profile.load(name).tables.register)
