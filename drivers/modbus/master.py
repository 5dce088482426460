"""The Modbus master: function codes of Modbus Application Protocol V1.1b3, section 6."""

import asyncio
import struct
from collections.abc import Sequence
from functools import lru_cache

from drivers.line import BROADCAST, Line, Priority, Request
from drivers.modbus.refusals import ACKNOWLEDGE, BUSY, refusal

BIT_FUNCTIONS = (1, 2)
REGISTER_FUNCTIONS = (3, 4)
MOST_REGISTERS, MOST_BITS, MOST_WRITTEN = 125, 2000, 123
BUSY_PAUSES_S = (0.05, 0.1, 0.2)
"""A unit that says that it is busy is asked again after these, and then no more: it may have been busy for ever."""

_COIL_ON = 0xFF00
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

    A write to unit BROADCAST returns when all units had the line's turnaround time to act; nobody confirms it.
    """

    def __init__(self, line: Line) -> None:
        self.line = line

    async def read(
        self, device: str, unit: int, function: int, address: int, count: int, *, priority: Priority = Priority.POLL
    ) -> list[int]:
        """`count` registers, 1..125, by function 3 (holding) or 4 (input)."""
        answer = await self._ask(_read_registers(device, unit, function, address, count), address, priority)
        return list(struct.unpack_from(f">{count}H", answer, 2))

    async def read_bits(
        self, device: str, unit: int, function: int, address: int, count: int, *, priority: Priority = Priority.POLL
    ) -> list[bool]:
        """`count` bits, 1..2000, by function 1 (coils) or 2 (discrete inputs)."""
        answer = await self._ask(_read_bits(device, unit, function, address, count), address, priority)
        return [bool(answer[2 + at // 8] >> at % 8 & 1) for at in range(count)]

    async def write_register(
        self, device: str, unit: int, address: int, value: int, *, priority: Priority = Priority.COMMAND
    ) -> None:
        """One register, 0..65535, by function 6."""
        await self._write(device, unit, struct.pack(">BHH", 6, _address(address), _word(value)), address, priority)

    async def write_registers(
        self, device: str, unit: int, address: int, values: Sequence[int], *, priority: Priority = Priority.COMMAND
    ) -> None:
        """1..123 registers by function 16."""
        count = _span(address, len(values), MOST_WRITTEN, "registers at once")
        pdu = struct.pack(f">BHHB{count}H", 16, address, count, 2 * count, *map(_word, values))
        await self._write(device, unit, pdu, address, priority)

    async def write_coil(
        self, device: str, unit: int, address: int, value: bool, *, priority: Priority = Priority.COMMAND
    ) -> None:
        """One coil by function 5."""
        pdu = struct.pack(">BHH", 5, _address(address), _COIL_ON if value else 0)
        await self._write(device, unit, pdu, address, priority)

    async def _write(self, device: str, unit: int, pdu: bytes, address: int, priority: Priority) -> None:
        request = Request(device, unit, pdu, pdu[:_ECHO_BYTES], _ECHO_BYTES)
        if unit == BROADCAST:
            await self.line.broadcast(request, priority)
        else:
            await self._ask(request, address, priority, enough=ACKNOWLEDGE)

    async def _ask(self, request: Request, address: int, priority: Priority, enough: int = 0) -> bytes:
        """The PDU of the answer, or of the exception `enough`. The line is free while a busy unit gets its pause."""
        for pause_s in (*BUSY_PAUSES_S, None):
            pdu = await self.line.exchange(request, priority)
            if pdu[0] == request.pdu[0] or pdu[1] == enough:
                return pdu
            if pdu[1] not in (ACKNOWLEDGE, BUSY) or pause_s is None:
                break
            await asyncio.sleep(pause_s)
        raise refusal(request, self.line.name, address, pdu[1])


@lru_cache(maxsize=4096)  # the same few requests are polled for years
def _read_registers(device: str, unit: int, function: int, address: int, count: int) -> Request:
    _readable(unit, function, REGISTER_FUNCTIONS)
    pdu = struct.pack(">BHH", function, address, _span(address, count, MOST_REGISTERS, "registers"))
    return Request(device, unit, pdu, bytes((function, 2 * count)), 2 + 2 * count)


@lru_cache(maxsize=4096)
def _read_bits(device: str, unit: int, function: int, address: int, count: int) -> Request:
    _readable(unit, function, BIT_FUNCTIONS)
    pdu = struct.pack(">BHH", function, address, _span(address, count, MOST_BITS, "bits"))
    following = (count + 7) // 8
    return Request(device, unit, pdu, bytes((function, following)), 2 + following)


def _readable(unit: int, function: int, known: tuple[int, ...]) -> None:
    if unit == BROADCAST:
        raise ValueError("nobody answers a broadcast: it cannot be read from")
    if function not in known:
        raise ValueError(f"function {function} is none of {known}")


def _span(address: int, count: int, most: int, what: str) -> int:
    if not 1 <= count <= most:
        raise ValueError(f"{count} {what}: Modbus allows 1 to {most}")
    _address(address + count - 1)
    return count


def _address(address: int) -> int:
    if not 0 <= address <= 0xFFFF:
        raise ValueError(f"address {address} is outside 0 to 65535")
    return address


def _word(value: int) -> int:
    if not 0 <= value <= 0xFFFF:
        raise ValueError(f"{value} does not fit into a register: 0 to 65535")
    return value
