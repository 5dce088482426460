"""The sensors of a pole that measures weather and noise: a station on Modbus, wind as lines, rain as pulses, and two
that a LoRaWAN network hears.

Layouts: the profiles in drivers/profiles, and the manuals that they name.
"""

import math
import struct
from collections.abc import Callable, Iterator
from functools import reduce
from operator import xor

from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from agent.simulate.radio import Payload

LINE = "/dev/ttyUSB0"
WIND = "/dev/ttyAMA2"
BAUD, UNIT, REGISTERS = 9600, 1, 0x14

RAIN = 27
"""Line of the chip."""

TIP_S, MADE_S = 3.0, 0.06
"""The bucket tips so often, and its contact is made for so long."""

GUST_S = (15.0, 21.0)
"""A gust blows from then until then."""

REPORT_S = 8.0
"""Time between two reports by radio."""

FIGURES = {0x00: 14.2, 0x02: 71.0, 0x04: 100_840.0, 0x06: 5200.0, 0x0C: 352.0, 0x0E: 3.9, 0x10: 7.4, 0x12: 5.2}
"""Address in the station on Modbus -> temperature, humidity, pressure in Pa, light; wind: whence, least, most, mean."""


def wind_m_s(at_s: float) -> float:
    return 5.0 + 1.5 * math.sin(at_s / 3) + (19.0 if GUST_S[0] <= at_s < GUST_S[1] else 0.0)


def windsonic(at_s: float, heard: bytes) -> bytes:
    """Gill WindSonic: direction and speed, with the check of what stands between STX and ETX."""
    direction = round(350 + 15 * math.sin(at_s / 5)) % 360
    said = f"Q,{direction:03d},{wind_m_s(at_s):06.2f},M,00,".encode()
    return b"\x02" + said + f"\x03{reduce(xor, said):02X}\r\n".encode()


class SenseCap:
    """Seeed SenseCAP ONE: thousandths in 32 bits."""

    async def _access(  # noqa: PLR0917
        self, function: int, start: int, address: int, count: int, registers: list[int], values: object
    ) -> None:
        for at, value in FIGURES.items():
            registers[at - start : at - start + 2] = struct.unpack(">HH", struct.pack(">i", round(1000 * value)))

    def server(self, port: str) -> ModbusSerialServer:
        """The station's end of the RS-485 line."""
        bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
        nothing = [SimData(60000, values=[0], datatype=DataType.REGISTERS)]
        inputs = [SimData(0, values=[0] * REGISTERS, datatype=DataType.REGISTERS)]
        device = SimDevice(UNIT, simdata=(bits, bits, nothing, inputs), action=self._access)
        return ModbusSerialServer(device, framer=FramerType.RTU, port=port, baudrate=BAUD)


Report = Callable[[float], Payload]
"""What a sensor sends by radio, seconds since the scene began."""


class Reporting:
    """A LoRaWAN sensor that reports from time to time."""

    def __init__(self, eui: str, report: Report) -> None:
        self.eui, self._report = eui, report
        self._due_s = 0.0

    def frames(self, at_s: float) -> Iterator[Payload]:
        if at_s >= self._due_s:
            self._due_s = at_s + REPORT_S
            yield self._report(at_s)


def ws302(at_s: float) -> Payload:
    """Milesight WS302: battery; levels in weighting A, fast."""
    mean_db = 58.0 + 4.0 * math.sin(at_s / 25)
    levels = struct.pack("<3H", *(round(10 * (mean_db + above)) for above in (1.5, 0.0, 14.0)))
    return 85, b"\x01\x75\x5f\x05\x5b\x05" + levels


def lse01(at_s: float) -> Payload:
    """Dragino LSE01: battery, probe, moisture, temperature and conductivity of the soil."""
    return 2, struct.pack(">HhHhHB", 3590, 0, 2450 - round(at_s), 1180, 310, 0x10)


def nodes() -> list[Reporting]:
    """The sensors that the network hears, by the devEUIs of the sample."""
    return [Reporting("24e124743b210001", ws302), Reporting("a84041000181c061", lse01)]
