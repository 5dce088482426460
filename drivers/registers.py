"""The registers of one device on its line: read in as few requests as its profile and the device itself allow."""

import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import NoReturn

from drivers.base import Quality, Reading, fresh_for_s
from drivers.blocks import Block, halves
from drivers.errors import DeviceError, NoAnswer, Refused
from drivers.line import Priority
from drivers.modbus import BIT_FUNCTIONS, ILLEGAL, NO_ANSWER_TO_GATEWAY, Master
from drivers.profile import BoundProfile, Measured, PlacedRegister, Read, decode, plan, single_read
from drivers.schedule import Timetable

log = logging.getLogger(__name__)

MISSES = 3
"""Rounds in a row that may fail before the device is reported as down."""

KNOCK_EVERY = 8
"""One of so many silences of a block that was never answered is looked into: the others are a dead device's."""

Answer = tuple[Read, Sequence[int]]
"""What was asked, and the registers (or bits) of its answer."""


class Registers:
    """
    Args:
        device: its name in the configuration.
        needed: registers without which the device cannot be worked with: when they are refused, it is down.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        device: str,
        unit: int,
        bound: BoundProfile,
        master: Master,
        needed: Collection[str] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._device, self._unit, self._master, self._clock = device, unit, master, clock
        self._needed = frozenset(needed)
        self._max_registers = bound.max_registers
        self._groups = bound.periods_s
        self._blocks = [Block(read) for read in bound.reads]
        self.left_out: set[str] = set()
        """Registers that were told as left out, and have not answered since."""
        self._taken: set[tuple[int, int, int]] = set()  # reads that were answered once
        self._silences = self._knocks = 0

    def periods_s(self, period_s: float) -> dict[str, float]:
        """Time between two reads of each poll group: its own, and never less than that of the device; "" has none."""
        groups = dict.fromkeys(block.whole.group for block in self._blocks)
        return {group: max(period_s, self._groups.get(group, 0.0)) for group in groups}

    @property
    def reads(self) -> tuple[Read, ...]:
        """Everything that is polled now, in as many requests as the device has been found to need."""
        now_s = self._clock()
        return tuple(read for block in self._blocks for read in block.reads(now_s))

    async def answers(self, read: Read, refusals: list[str] | None = None) -> list[Answer]:
        """What the device says to `read`. Raises DeviceError.

        A block that is refused for its addresses is asked once more, register by register, and one that is refused by
        silence is halved until its parts are answered. From then on the blocks are laid around what was refused, and
        that is left out, until its block is due to be asked as a whole again. A device that refuses everything is not
        left without questions: that is a failure.

        Args:
            refusals: takes what was left out and why; None: it is logged.
        """
        try:
            words = await self.raw_words(read)
        except (NoAnswer, Refused) as error:
            if not await self._is_refused(read, error):
                raise
            return await self._take_apart(read, error, refusals)
        self._heard(read)
        return [(read, words)]

    async def _is_refused(self, read: Read, error: DeviceError) -> bool:
        """Whether the device refuses what was asked, and does not fail, or say nothing at all.

        A block that was never answered is refused by silence when one of its registers is answered.
        """
        if not _is_silence(error):
            return _is_illegal(error)
        if len(read.registers) == 1 or _key(read) in self._taken:
            return False
        self._silences += 1
        return self._silences % KNOCK_EVERY == 1 and await self._speaks(read)

    async def _speaks(self, read: Read) -> bool:
        """Whether one of the registers of `read`, each time another one, is answered alone: a refusal is an answer."""
        self._knocks += 1
        placed = read.registers[self._knocks % len(read.registers)]
        try:
            await self.raw_words(single_read(placed))
        except (NoAnswer, Refused) as error:
            return _is_illegal(error)
        return True

    async def _take_apart(self, read: Read, error: DeviceError, refusals: list[str] | None) -> list[Answer]:
        """What the device answers of what it refused as a whole."""
        if _is_silence(error):
            found = await self._halved(read, refusals)
            parts = [part for part, _ in found]
        else:
            found = await self._one_by_one(read, error, refusals)
            parts = list(self._plan_without_refused(read, [one.registers[0] for one, _ in found]))
        if parts == [read]:
            self._heard(read)  # an answer had been lost
        else:
            self._replace(read, parts, error)
        return found

    async def _one_by_one(self, read: Read, refusal: DeviceError, refusals: list[str] | None) -> list[Answer]:
        if len(read.registers) == 1:
            self._leave_out(read, refusal, refusals)
            return []
        found: list[Answer] = []
        for placed in read.registers:
            one = single_read(placed)
            try:
                found.append((one, await self.raw_words(one)))
            except Refused as error:
                if error.code not in ILLEGAL:
                    raise
                self._leave_out(one, error, refusals)
        return found

    async def _halved(self, read: Read, refusals: list[str] | None) -> list[Answer]:
        """The longest parts that are answered, as far as halving finds them; first the whole once more."""
        found, left = list[Answer](), [read]
        while left:
            part = left.pop(0)
            try:
                found.append((part, await self.raw_words(part)))
            except (NoAnswer, Refused) as error:
                if len(part.registers) > 1 and (_is_silence(error) or _is_illegal(error)):
                    left[:0] = halves(part)
                    continue
                if not _is_illegal(error) and not await self._speaks(found[-1][0] if found else read):
                    raise  # it failed, or died meanwhile
                self._leave_out(part, error, refusals)
        return found

    def _plan_without_refused(self, refused: Read, sound: Sequence[PlacedRegister]) -> Sequence[Read]:
        """Blocks without a gap; where the refused block had none, it was too long: single registers."""
        blocks = plan(sound, (), 0, self._max_registers)
        same = len(blocks) == 1 and (blocks[0].address, blocks[0].count) == (refused.address, refused.count)
        return [single_read(placed) for placed in sound] if same else blocks

    def _leave_out(self, read: Read, error: DeviceError, refusals: list[str] | None) -> None:
        """Raises the refusal of what is needed."""
        names = {placed.name for placed in read.registers}
        if names & self._needed:
            raise error
        if refusals is not None:
            refusals.append(error.what)
        elif names - self.left_out:
            log.warning("%s; what it would have told is left out, and asked for again later", error)
        self.left_out |= names

    def _replace(self, read: Read, parts: Sequence[Read], error: DeviceError) -> None:
        """Raises `error` when nothing is left to be asked."""
        next(block for block in self._blocks if block.has(read)).replace(read, parts, self._clock())
        if all(block.is_empty for block in self._blocks):
            for block in self._blocks:
                block.mend()
            raise error

    def _heard(self, read: Read) -> None:
        """Notes that `read` was answered: a whole block that had been taken apart is one again."""
        self._silences = 0
        self._taken.add(_key(read))
        for block in self._blocks:
            if block.whole == read and not block.is_whole:
                block.mend()
        if back := self.left_out & {placed.name for placed in read.registers}:
            self.left_out -= back
            log.info("%s: %s answers again", self._device, ", ".join(sorted(back)))

    async def raw_words(self, read: Read, priority: Priority = Priority.POLL) -> Sequence[int]:
        """The registers (or bits) of one answer. Raises DeviceError."""
        ask = self._master.read_bits if read.function in BIT_FUNCTIONS else self._master.read
        return await ask(self._device, self._unit, read.function, read.address, read.count, priority=priority)

    async def value(self, placed: PlacedRegister, priority: Priority = Priority.COMMAND) -> list[Measured]:
        """What one register tells now. Raises DeviceError."""
        return list(decode(placed.name, placed.register, await self.raw_words(single_read(placed), priority)))


def fresh_s(bound: BoundProfile, quantity: str, period_s: float) -> float:
    """How long a value of one of its registers, or bits, counts.

    Args:
        period_s: of the device.
    """
    placed = (each for read in bound.reads for each in read.registers)
    group = next((each.register.group for each in placed if quantity in each.register.quantities(each.name)), "")
    return fresh_for_s(max(period_s, bound.periods_s.get(group, 0.0)))


def _is_silence(error: DeviceError) -> bool:
    """Whether the device said nothing: to us, or to the gateway before it."""
    return isinstance(error, NoAnswer) or (isinstance(error, Refused) and error.code == NO_ANSWER_TO_GATEWAY)


def _is_illegal(error: DeviceError) -> bool:
    return isinstance(error, Refused) and error.code in ILLEGAL


def _key(read: Read) -> tuple[int, int, int]:
    return (read.function, read.address, read.count)


def reading(device: str, measured: Measured, at_s: float, line_doubt: str) -> Reading:
    """A value as the device's reading; what its profile or its line doubts is suspect.

    Args:
        line_doubt: why; "": the line does not.
    """
    doubt = measured.doubt or line_doubt
    return Reading(device, measured.quantity, measured.value, at_s, Quality.SUSPECT if doubt else Quality.GOOD, doubt)


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
