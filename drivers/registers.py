"""The registers of one device on its line: read in as few requests as its profile and the device itself allow."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import NoReturn

from drivers.base import Quality, Reading
from drivers.errors import DeviceError, Refused
from drivers.line import Priority
from drivers.modbus import BIT_FUNCTIONS, ILLEGAL, Master
from drivers.profile import BoundProfile, Measured, PlacedRegister, Read, decode, plan, single_read
from drivers.schedule import Timetable

log = logging.getLogger(__name__)

MISSES = 3
"""Rounds in a row that may fail before the device is reported as down."""

Answer = tuple[Read, Sequence[int]]
"""What was asked, and the registers (or bits) of its answer."""


class Registers:
    """
    Args:
        device: its name in the configuration.
        needed: registers without which the device cannot be worked with: when they are refused, it is down.
    """

    def __init__(
        self, device: str, unit: int, bound: BoundProfile, master: Master, needed: Collection[str] = ()
    ) -> None:
        self._device, self._unit, self._master = device, unit, master
        self._needed = frozenset(needed)
        self._max_registers = bound.max_registers
        self._groups = bound.periods_s
        self._reads = list(bound.reads)

    def periods_s(self, period_s: float) -> dict[str, float]:
        """Time between two reads of each poll group: its own, and never less than that of the device; "" has none."""
        groups = dict.fromkeys(read.group for read in self._reads)
        return {group: max(period_s, self._groups.get(group, 0.0)) for group in groups}

    @property
    def reads(self) -> tuple[Read, ...]:
        """Everything that is polled, in as many requests as the device has been found to need."""
        return tuple(self._reads)

    async def answers(self, read: Read, refusals: list[str] | None = None) -> list[Answer]:
        """What the device says to `read`. Raises DeviceError.

        A block that is refused for its addresses is asked once more, register by register; from then on the blocks are
        laid around what was refused, and that is left out.

        Args:
            refusals: takes what was left out and why; None: it is logged.
        """
        try:
            return [(read, await self.raw_words(read))]
        except Refused as error:
            if error.code not in ILLEGAL:
                raise
            if len(read.registers) == 1:
                self._leave_out(read, error, refusals)
                self._replace(read, ())
                return []
        return await self._split(read, refusals)

    async def _split(self, read: Read, refusals: list[str] | None) -> list[Answer]:
        found: list[Answer] = []
        for placed in read.registers:
            one = single_read(placed)
            try:
                found.append((one, await self.raw_words(one)))
            except Refused as error:
                if error.code not in ILLEGAL:
                    raise
                self._leave_out(one, error, refusals)
        self._replace(read, self._plan_without_refused(read, [one.registers[0] for one, _ in found]))
        return found

    def _plan_without_refused(self, refused: Read, sound: Sequence[PlacedRegister]) -> Sequence[Read]:
        """Blocks without a gap; where the refused block had none, it was too long: single registers."""
        blocks = plan(sound, (), 0, self._max_registers)
        same = len(blocks) == 1 and (blocks[0].address, blocks[0].count) == (refused.address, refused.count)
        return [single_read(placed) for placed in sound] if same else blocks

    def _leave_out(self, read: Read, error: Refused, refusals: list[str] | None) -> None:
        """Raises the refusal of what is needed."""
        if any(placed.name in self._needed for placed in read.registers):
            raise error
        if refusals is None:
            log.warning("%s; what it would have told is left out", error)
        else:
            refusals.append(error.what)

    def _replace(self, read: Read, parts: Sequence[Read]) -> None:
        at = self._reads.index(read)
        self._reads[at : at + 1] = parts

    async def raw_words(self, read: Read, priority: Priority = Priority.POLL) -> Sequence[int]:
        """The registers (or bits) of one answer. Raises DeviceError."""
        ask = self._master.read_bits if read.function in BIT_FUNCTIONS else self._master.read
        return await ask(self._device, self._unit, read.function, read.address, read.count, priority=priority)

    async def value(self, placed: PlacedRegister, priority: Priority = Priority.COMMAND) -> list[Measured]:
        """What one register tells now. Raises DeviceError."""
        return list(decode(placed.name, placed.register, await self.raw_words(single_read(placed), priority)))


def reading(device: str, measured: Measured, at_s: float) -> Reading:
    """A value as the device's reading; what its profile doubts is suspect."""
    quality = Quality.SUSPECT if measured.doubt else Quality.GOOD
    return Reading(device, measured.quantity, measured.value, at_s, quality, measured.doubt)


async def poll_forever(periods_s: Mapping[str, float], ask: Callable[[str], Awaitable[None]]) -> NoReturn:
    """Do `ask` with each name as often as it is due. Raises DeviceError after three rounds in a row that failed."""
    timetable, misses = Timetable(periods_s), 0
    while True:
        due = await timetable.next()
        try:
            for name in due:
                await ask(name)
            misses = 0
        except DeviceError:
            misses += 1
            if misses >= MISSES:
                raise
