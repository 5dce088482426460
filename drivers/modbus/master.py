"""The Modbus master: function codes of Modbus Application Protocol V1.1b3, section 6."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache

from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.bit_message import (
    ReadCoilsRequest,
    ReadCoilsResponse,
    ReadDiscreteInputsRequest,
    WriteMultipleCoilsRequest,
    WriteSingleCoilRequest,
)
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadHoldingRegistersResponse,
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from drivers.line import BROADCAST, Line, Priority, Request
from drivers.modbus.refusals import ACKNOWLEDGE, BUSY, refusal
from drivers.translation import _

_READS: dict[int, type[ModbusPDU]] = {
    1: ReadCoilsRequest,
    2: ReadDiscreteInputsRequest,
    3: ReadHoldingRegistersRequest,
    4: ReadInputRegistersRequest,
}
BIT_FUNCTIONS = (1, 2)
REGISTER_FUNCTIONS = (3, 4)
WRITE_COIL, WRITE_REGISTER, WRITE_COILS = 5, 6, 15
MOST_REGISTERS, MOST_BITS, MOST_WRITTEN = 125, 2000, 123
BUSY_PAUSES_S = (0.05, 0.1, 0.2)
"""A unit that says that it is busy is asked again after these, and then no more: it may have been busy for ever."""
_PAUSES_S = (*BUSY_PAUSES_S, None)

_ECHO_BYTES = 5
"""The answer to a write repeats function, address, and the value or the count (sections 6.5, 6.6, 6.12)."""


class Master:
    """Reads and writes units of one line.

    An answer counts only when unit, function and byte count (for a write: address and value or count) are those of
    the request. `device` is the asking device's name in the configuration; it stands in every error. Addresses are
    those of the PDU, from 0.

    Every method raises LineError, NoAnswer, BadAnswer, or Refused with the code of a Modbus exception: at once for an
    illegal function, address or value, and after a few more tries for a unit that is busy. A write that the unit has
    acknowledged but not finished (exception 5) counts as written: read it back.

    A write to unit BROADCAST of an RTU line returns when all units had the line's turnaround time to act; nobody
    confirms it. On Modbus TCP that is a unit like others.

    Args:
        spare: it takes the turns alone that others leave free, whatever the priority of a request.
    """

    def __init__(self, line: Line, spare: bool = False) -> None:
        self.line, self._spare = line, spare

    async def read(
        self, device: str, unit: int, function: int, address: int, count: int, *, priority: Priority = Priority.POLL
    ) -> Sequence[int]:
        """`count` registers, 1..125, by function 3 (holding) or 4 (input)."""
        self._readable(unit)
        answer = await self._ask(_read_registers(device, unit, function, address, count), address, priority)
        return _decoded(ReadHoldingRegistersResponse(), answer).registers

    async def read_bits(
        self, device: str, unit: int, function: int, address: int, count: int, *, priority: Priority = Priority.POLL
    ) -> Sequence[bool]:
        """`count` bits, 1..2000, by function 1 (coils) or 2 (discrete inputs)."""
        self._readable(unit)
        answer = await self._ask(_read_bits(device, unit, function, address, count), address, priority)
        return _decoded(ReadCoilsResponse(), answer).bits[:count]

    async def write(
        self, device: str, unit: int, function: int, address: int, words: Sequence[int], *, priority: Priority
    ) -> None:
        """What a profile has to be written, by the function that it names: 5, 6, 15 or 16."""
        if function == WRITE_COILS:
            message = WriteMultipleCoilsRequest(address=_address(address), bits=[bool(word) for word in words])
            await self._write(device, unit, message, priority)
        elif function == WRITE_COIL:
            await self.write_coil(device, unit, address, bool(words[0]), priority=priority)
        elif function == WRITE_REGISTER:
            await self.write_register(device, unit, address, words[0], priority=priority)
        else:
            await self.write_registers(device, unit, address, words, priority=priority)

    async def write_register(
        self, device: str, unit: int, address: int, value: int, *, priority: Priority = Priority.COMMAND
    ) -> None:
        """One register, 0..65535, by function 6."""
        message = WriteSingleRegisterRequest(address=_address(address), registers=[_word(value)])
        await self._write(device, unit, message, priority)

    async def write_registers(
        self, device: str, unit: int, address: int, values: Sequence[int], *, priority: Priority = Priority.COMMAND
    ) -> None:
        """1..123 registers by function 16."""
        _span(address, len(values), MOST_WRITTEN, _("registers at once"))
        message = WriteMultipleRegistersRequest(address=address, registers=[_word(value) for value in values])
        await self._write(device, unit, message, priority)

    async def write_coil(
        self, device: str, unit: int, address: int, value: bool, *, priority: Priority = Priority.COMMAND
    ) -> None:
        """One coil by function 5."""
        message = WriteSingleCoilRequest(address=_address(address), bits=[value])
        await self._write(device, unit, message, priority)

    def _is_broadcast(self, unit: int) -> bool:
        return unit == BROADCAST and unit not in self.line.units

    def _readable(self, unit: int) -> None:
        if self._is_broadcast(unit):
            raise ValueError(_("nobody answers a broadcast: it cannot be read from"))

    async def _write(self, device: str, unit: int, message: ModbusPDU, priority: Priority) -> None:
        pdu = _encoded(message)
        request = Request(device, unit, pdu, pdu[:_ECHO_BYTES], _ECHO_BYTES)
        if self._is_broadcast(unit):
            await self.line.broadcast(request, priority)
        else:
            await self._ask(request, message.address, priority, accepted_code=ACKNOWLEDGE)

    async def _ask(self, request: Request, address: int, priority: Priority, accepted_code: int | None = None) -> bytes:
        """The PDU of the answer, or of the exception `accepted_code`. The line is free while a busy unit gets its
        pause."""
        for pause_s in _PAUSES_S:
            pdu = await self.line.exchange(request, Priority.SPARE if self._spare else priority)
            if pdu[0] == request.pdu[0] or pdu[1] == accepted_code:
                return pdu
            if pdu[1] not in (ACKNOWLEDGE, BUSY) or pause_s is None:
                break
            await asyncio.sleep(pause_s)
        raise refusal(request, self.line.name, address, pdu[1])


def _encoded(message: ModbusPDU) -> bytes:
    return bytes((message.function_code,)) + message.encode()


def _decoded(answer: ModbusPDU, pdu: bytes) -> ModbusPDU:
    """Answers to functions 3 and 4, and to 1 and 2, have one layout each. Function and length were checked before."""
    answer.decode(pdu[1:])
    return answer


@lru_cache(maxsize=1024)  # the same few requests are polled for years
def _read_registers(device: str, unit: int, function: int, address: int, count: int) -> Request:
    _known(function, REGISTER_FUNCTIONS)
    _span(address, count, MOST_REGISTERS, _("registers"))
    pdu = _encoded(_READS[function](address=address, count=count))
    return Request(device, unit, pdu, bytes((function, 2 * count)), 2 + 2 * count)


@lru_cache(maxsize=1024)
def _read_bits(device: str, unit: int, function: int, address: int, count: int) -> Request:
    _known(function, BIT_FUNCTIONS)
    _span(address, count, MOST_BITS, _("bits"))
    pdu = _encoded(_READS[function](address=address, count=count))
    following = (count + 7) // 8
    return Request(device, unit, pdu, bytes((function, following)), 2 + following)


def _known(function: int, known: tuple[int, ...]) -> None:
    if function not in known:
        raise ValueError(_("function {function} is none of {known}").format(function=function, known=known))


def _span(address: int, count: int, most: int, what: str) -> None:
    if not 1 <= count <= most:
        raise ValueError(_("{count} {what}: Modbus allows 1 to {most}").format(count=count, what=what, most=most))
    _address(address + count - 1)


def _address(address: int) -> int:
    if not 0 <= address <= 0xFFFF:
        raise ValueError(_("address {address} is outside 0 to 65535").format(address=address))
    return address


def _word(value: int) -> int:
    if not 0 <= value <= 0xFFFF:
        raise ValueError(_("{value} does not fit into a register: 0 to 65535").format(value=value))
    return value
