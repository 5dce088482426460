"""The Modbus master: function codes of Modbus Application Protocol V1.1b3, section 6."""

from collections.abc import Sequence

from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest, WriteSingleCoilRequest
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from drivers.line import Line, Priority, Request
from drivers.modbus.refusals import refusal

_READS: dict[int, type[ModbusPDU]] = {
    1: ReadCoilsRequest,
    2: ReadDiscreteInputsRequest,
    3: ReadHoldingRegistersRequest,
    4: ReadInputRegistersRequest,
}
BIT_FUNCTIONS = (1, 2)
_ECHO_BYTES = 5
"""The answer to a write repeats function, address, and the value or the count (sections 6.5, 6.6, 6.12)."""


class Master:
    """Reads and writes units of one line.

    An answer counts only when unit, function and byte count (for a write: address and value or count) are those of
    the request. `device` is the asking device's name in the configuration; it stands in every error. Addresses are
    those of the PDU, from 0.

    Every method raises LineError, NoAnswer, BadAnswer, or Refused with the code of a Modbus exception.
    """

    def __init__(self, line: Line) -> None:
        self.line = line
        self._decoder = DecodePDU(is_server=False)

    async def read(
        self, device: str, unit: int, function: int, address: int, count: int, *, priority: Priority = Priority.POLL
    ) -> list[int]:
        """`count` registers, 1..125, by function 3 (holding) or 4 (input)."""
        pdu = _encoded(_READS[function](address=address, count=count))
        head = bytes((function, 2 * count))
        answer = await self._ask(Request(device, unit, pdu, head, len(head) + 2 * count), address, priority)
        return list(answer.registers)

    async def read_bits(
        self, device: str, unit: int, function: int, address: int, count: int, *, priority: Priority = Priority.POLL
    ) -> list[bool]:
        """`count` bits, 1..2000, by function 1 (coils) or 2 (discrete inputs)."""
        pdu = _encoded(_READS[function](address=address, count=count))
        following = (count + 7) // 8
        head = bytes((function, following))
        answer = await self._ask(Request(device, unit, pdu, head, len(head) + following), address, priority)
        return list(answer.bits[:count])

    async def write_register(
        self, device: str, unit: int, address: int, value: int, *, priority: Priority = Priority.COMMAND
    ) -> None:
        """One register, 0..65535, by function 6."""
        await self._write(device, unit, WriteSingleRegisterRequest(address=address, registers=[value]), priority)

    async def write_registers(
        self, device: str, unit: int, address: int, values: Sequence[int], *, priority: Priority = Priority.COMMAND
    ) -> None:
        """1..123 registers by function 16."""
        await self._write(device, unit, WriteMultipleRegistersRequest(address=address, registers=values), priority)

    async def write_coil(
        self, device: str, unit: int, address: int, value: bool, *, priority: Priority = Priority.COMMAND
    ) -> None:
        """One coil by function 5."""
        await self._write(device, unit, WriteSingleCoilRequest(address=address, bits=[value]), priority)

    async def _write(self, device: str, unit: int, message: ModbusPDU, priority: Priority) -> None:
        pdu = _encoded(message)
        await self._ask(Request(device, unit, pdu, pdu[:_ECHO_BYTES], _ECHO_BYTES), message.address, priority)

    async def _ask(self, request: Request, address: int, priority: Priority) -> ModbusPDU:
        pdu = await self.line.exchange(request, priority)
        if pdu[:1] == request.refusal:
            raise refusal(request, self.line.name, address, pdu[1])
        answer = self._decoder.decode(pdu)
        if answer is None:
            raise AssertionError(f"a PDU that was accepted does not decode: {pdu.hex(' ')}")
        return answer


def _encoded(message: ModbusPDU) -> bytes:
    return bytes((message.function_code,)) + message.encode()
