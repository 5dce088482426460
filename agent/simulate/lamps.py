"""Lamps as Modbus slaves: three DALI ballasts behind a gateway on RTU, and a dimmer on TCP, on pymodbus's own server.

Register maps: HMS Intesis INMBSDAL user manual r1.3, pages 10-20 (address = 7000 * channel + 100 * short address + n);
Wiren Board WB-MDM3 as in wb-mqtt-serial's template config-wb-mdm3.
"""

import asyncio
import time
from collections.abc import Callable

from pymodbus import FramerType
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.translation import _

GATEWAY_UNIT = 1
BALLASTS = 3
DIMMER_UNIT = 2
BAUD = 19200

STATUS, ACTUAL, FADE_TIME, ARC_POWER = 5, 6, 13, 15
LAMP_FAILURE, LAMP_ON, FADING = 1 << 1, 1 << 2, 1 << 4
MIN_PERCENT, MAX_PERCENT = 5, 100
FADE_CODE = 3
BROKEN = {2: (22.0, 40.0)}
"""Ballast -> from and until when, in seconds since the gateway was started, its lamp is out."""

WRITABLE = {FADE_TIME: 15, ARC_POWER: 100}
"""Register -> the highest value it takes."""

READS = (3, 4)
WRITES = (6, 16)


def fade_s(code: int) -> float:
    """Seconds of a DALI fade time code 0..15: 0.5 * sqrt(2 ** code), 0: at once (IEC 62386-102)."""
    return 0.5 * 2 ** (code / 2) if code else 0.0


class Ballast:
    """A lamp that fades from where it is to where it is told, linearly in percent.

    Args:
        mono: monotonic seconds.
    """

    def __init__(self, mono: Callable[[], float] = time.monotonic) -> None:
        self._mono = mono
        self._from_percent = 0.0
        self._to_percent = 0
        self._since_s = float("-inf")
        self.broken = False
        self.fade_code = FADE_CODE

    def order(self, arc_power_percent: int) -> None:
        """Start a fade; 0 is off, what lies outside the ballast's limits is clamped to them."""
        self._from_percent = self.level_percent
        lit = min(max(arc_power_percent, MIN_PERCENT), MAX_PERCENT)
        self._to_percent = lit if arc_power_percent else 0
        self._since_s = self._mono()

    @property
    def _progress(self) -> float:
        needed_s = fade_s(self.fade_code)
        return min((self._mono() - self._since_s) / needed_s, 1.0) if needed_s else 1.0

    @property
    def level_percent(self) -> float:
        return self._from_percent + (self._to_percent - self._from_percent) * self._progress

    @property
    def status(self) -> int:
        """Bits of register 5: lamp failure, lamp power on, fade running. The level goes on without its lamp."""
        lit = LAMP_ON if self.level_percent > 0 and not self.broken else 0
        return lit | (FADING if self._progress < 1 else 0) | (LAMP_FAILURE if self.broken else 0)


def _ballast_registers(base: int) -> list[SimData]:
    at_5_to_15 = [0, 0, 6, 1, MIN_PERCENT, MAX_PERCENT, MAX_PERCENT, MAX_PERCENT, FADE_CODE, 7, 0]
    return [
        SimData(base + STATUS, values=at_5_to_15, datatype=DataType.REGISTERS),
        SimData(base + 80, values=0, datatype=DataType.REGISTERS),
        SimData(base + 82, values=1, datatype=DataType.REGISTERS),
    ]


class Gateway:
    """The DALI gateway on channel 0: ballast `a` at 100 * a, the actual level following the arc power."""

    def __init__(self, mono: Callable[[], float] = time.monotonic) -> None:
        self._mono, self._began_s = mono, mono()
        self.ballasts = [Ballast(mono) for _ in range(BALLASTS)]

    def device(self) -> SimDevice:
        registers = [block for a in range(BALLASTS) for block in _ballast_registers(100 * a)]
        return SimDevice(GATEWAY_UNIT, simdata=registers, action=self._access)

    async def _access(  # noqa: PLR0917
        self,
        function: int,
        start: int,
        address: int,
        count: int,
        registers: list[int],
        values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """What the server calls before each access (before a write with its values, and once more for the echo).

        `registers` is the gateway's memory from address `start` on.
        """
        if function not in READS + WRITES:
            return ExcCodes.ILLEGAL_FUNCTION
        if values:
            return self._write(address, [int(value) for value in values])
        self._refresh(start, registers)
        return None

    def _write(self, address: int, values: list[int]) -> ExcCodes | None:
        limits = [WRITABLE.get((address + offset) % 100) for offset in range(len(values))]
        if None in limits:
            return ExcCodes.ILLEGAL_ADDRESS
        if any(limit is not None and value > limit for value, limit in zip(values, limits, strict=True)):
            return ExcCodes.ILLEGAL_VALUE
        for register, value in enumerate(values, start=address):
            self._take(self.ballasts[register // 100], register % 100, value)
        return None

    def _take(self, ballast: Ballast, n: int, value: int) -> None:
        if n == ARC_POWER:
            ballast.order(value)
        else:
            ballast.fade_code = value

    def _refresh(self, start: int, registers: list[int]) -> None:
        now_s = self._mono() - self._began_s
        for a, ballast in enumerate(self.ballasts):
            from_s, until_s = BROKEN.get(a, (0.0, 0.0))
            ballast.broken = from_s <= now_s < until_s
            registers[100 * a + STATUS - start] = ballast.status
            registers[100 * a + ACTUAL - start] = round(ballast.level_percent)


def dimmer() -> SimDevice:
    """A WB-MDM3: coils and levels of three channels, its fail-safe registers and its diagnostics, all as delivered."""
    holding = {0: [0, 0, 0], 8: [10], 50: [0] * 3, 60: [0] * 3, 70: [0] * 3}
    holding |= {base: [0] * 3 for base in (648, 656, 664, 672)}
    inputs = {97: [1], 100: [0], 104: [0, 3600], 121: [24_000], 124: [312]}
    return SimDevice(
        DIMMER_UNIT,
        simdata=(
            [SimData(0, values=[False] * 16, datatype=DataType.BITS)],
            [SimData(0, values=[False] * 16, datatype=DataType.BITS)],
            [SimData(at, values=values, datatype=DataType.REGISTERS) for at, values in holding.items()],
            [SimData(at, values=values, datatype=DataType.REGISTERS) for at, values in inputs.items()],
        ),
    )


def serial_server(port: str) -> ModbusSerialServer:
    """The gateway's end of the RS-485 line."""
    return ModbusSerialServer(Gateway().device(), framer=FramerType.RTU, port=port, baudrate=BAUD)


def tcp_server() -> ModbusTcpServer:
    """The dimmer on a free port of this box alone."""
    return ModbusTcpServer(dimmer(), address=("127.0.0.1", 0))


def tcp_port(serving: ModbusTcpServer) -> int:
    """The TCP port that the system chose for a server that listens."""
    if not isinstance(serving.transport, asyncio.Server):
        raise RuntimeError(_("the simulated dimmer does not listen"))
    return int(serving.transport.sockets[0].getsockname()[1])
