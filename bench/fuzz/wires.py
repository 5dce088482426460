"""What comes over wires and the air: answers of Modbus units, serial sensors and LoRaWAN sensors."""

import asyncio
from collections.abc import Callable
from typing import Any, cast
from unittest.mock import patch

from fuzz.broken import Errors, Finding, judge_values, judge_words
from msgspec import structs

from drivers.base import Quality
from drivers.errors import DeviceError
from drivers.line.frames import Request
from drivers.line.mbap import MbapTransport
from drivers.line.options import TcpLine
from drivers.line.rtu import RtuTiming, RtuTransport
from drivers.line.timeouts import AdaptiveTimeouts
from drivers.lorawan import models
from drivers.lorawan.codecs.frame import BadFrame
from drivers.modbus import Master, master
from drivers.profile import load
from drivers.registers import Registers, reading
from drivers.serial.sensor import A02Sensor, SerialSensor

ANSWER_S = 0.001
PROFILES: tuple[tuple[str, dict[str, int]], ...] = (("wb-mdm3", {"channel": 0}), ("eastron-sdm630", {}))
TCP, SEALED, SECOND_PROFILE = 1, 2, 4


def crc(data: bytes) -> bytes:
    """Modbus over serial line 1.02, section 6.2.2."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


class _Unit:
    """A port with a unit behind it, that answers each request with the next piece of an input.

    Args:
        control: whether it speaks Modbus TCP; SEALED: what it says is put into a frame of which all but that is right.
    """

    usable = True

    def __init__(self, control: int, answers: bytes) -> None:
        self._control, self._left = control, answers
        self.heard: Callable[[bytes], None] = lambda _: None

    def write(self, frame: bytes) -> None:
        size = self._left[0] if self._left else 0
        said, self._left = self._left[1 : 1 + size], self._left[1 + size :]
        asyncio.get_running_loop().call_soon(self.heard, self._framed(frame, said) if self._control & SEALED else said)

    def _framed(self, request: bytes, said: bytes) -> bytes:
        if self._control & TCP:
            return request[:4] + (len(said) + 1).to_bytes(2, "big") + request[6:7] + said
        return request[:1] + said + crc(request[:1] + said)

    def abort(self) -> None:
        self.usable = False


class _Line:
    """A line with one unit, that waits for no answer for long."""

    name = "wire"

    def __init__(self, control: int, unit: _Unit) -> None:
        timeouts = AdaptiveTimeouts(ANSWER_S)
        self._transport: MbapTransport | RtuTransport
        if control & TCP:
            self._transport = MbapTransport(self.name, timeouts, TcpLine(host="unit"))
        else:
            self._transport = RtuTransport(self.name, RtuTiming(0.0, 0.0, 0.0), timeouts, tcp=False)
        unit.heard, self._unit = self._transport.heard, unit

    async def exchange(self, request: Request, priority: object) -> bytes:
        return await self._transport.exchange(cast(Any, self._unit), request, command=False)


def modbus() -> Callable[[bytes], None]:
    """The first byte of an input says which framing and profile; then lengths and answers follow."""
    loop = asyncio.new_event_loop()
    errors = Errors()
    errors.listen()
    bound = [load(name).bind(**parameters) for name, parameters in PROFILES]

    async def poll(control: int, answers: bytes) -> None:
        line = _Line(control, _Unit(control, answers))
        registers = Registers("unit", 1, bound[bool(control & SECOND_PROFILE)], Master(cast(Any, line)))
        for read in registers.reads[:4]:
            try:
                for asked, words in await registers.answers(read, []):
                    told = [reading("unit", each, 0.0, "") for each in asked.decode(words)]
                    judge_values(value for each in told for value in structs.astuple(each))
            except DeviceError as error:
                judge_words(str(error))

    def one(data: bytes) -> None:
        with patch.object(master, "_PAUSES_S", (0.0, None)):
            loop.run_until_complete(poll(data[0] if data else 0, data[1:]))
        errors.judge()

    return one


def serial() -> Callable[[bytes], None]:
    """The first byte of an input says in how long pieces the rest comes."""
    options = SerialSensor(port="/dev/ttyX")

    def one(data: bytes) -> None:
        sensor, piece = A02Sensor("ear", options), 1 + (data[0] if data else 0)
        for at in range(1, len(data), piece):
            sensor.hear(data[at : at + piece], 1.0)
        told = sensor.reading()
        if sensor.dropped_bytes > len(data):
            raise Finding("more bytes were dropped than came")
        if told is None:
            return
        judge_values(structs.astuple(told))
        if not options.min_mm <= cast(int, told.value) <= options.max_mm and told.quality is Quality.GOOD:
            raise Finding(f"{told.value} mm is told as a distance")

    return one


def codecs() -> Callable[[bytes], None]:
    """The first byte of an input says which model, the second which port; then the payload follows."""
    known = tuple(map(models.model, models.names()))

    def one(data: bytes) -> None:
        control, port = (*data[:2], 0, 0)[:2]
        try:
            frame = known[control % len(known)].decode(port or 1, data[2:258])
        except BadFrame as error:
            judge_words(str(error))
            return
        judge_values(structs.astuple(frame))
        if frame.started is not None:
            judge_values(structs.astuple(frame.started))

    return one
