"""States of a device in which its values are no measurements, and what it tells then (pure)."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, structs

from drivers.profile.plan import PlacedRegister, Read
from drivers.profile.schema import FAULT, ProfileTables, SilentTable
from drivers.profile.values import Measured, raw_of
from drivers.translation import _


class PlacedSilent(Struct, frozen=True):
    """A [[silent]] of one device.

    Args:
        names: registers whose values are none in that state.
    """

    table: SilentTable
    told_by: PlacedRegister
    names: frozenset[str]

    def state(self, raw: int) -> int | None:
        """What of the register tells the state; None: it is not in it."""
        low, high = self.table.bit_field or (0, 16 * self.told_by.register.words - 1)
        part = raw >> low & (1 << high - low + 1) - 1
        return part if (part in self.table.values if self.table.values is not None else part != 0) else None

    def fault(self, state: int) -> str:
        """What is broken in that state."""
        if self.table.flags is None:
            return self.table.fault or ""
        known = [words for words, bit in self.table.flags.items() if state >> bit & 1]
        return ", ".join(known) or _("code {number}").format(number=state)


def placed(tables: ProfileTables, registers: Mapping[str, PlacedRegister]) -> tuple[PlacedSilent, ...]:
    """What a profile says of such states, at the addresses of one device."""
    tell = {each.register for each in tables.silent}
    others = frozenset(name for name, each in tables.register.items() if each.poll is not False) - tell
    return tuple(
        PlacedSilent(each, registers[each.register], others if each.silences is True else frozenset(each.named))
        for each in tables.silent
    )


def told(silent: Sequence[PlacedSilent], read: Read, words: Sequence[int]) -> Iterator[Measured]:
    """The values in an answer, without those that are none; one that came without its state is doubted.

    Args:
        words: the `count` registers, or bits, of `read`.
    """
    apart = {name: each for each in silent if each.told_by not in read.registers for name in each.names}
    states = [
        (each, each.state(raw_of(each.told_by.register, read.part(each.told_by, words))))
        for each in silent
        if each.told_by in read.registers
    ]
    mute = {name for each, state in states if state is not None for name in each.names}
    for register, measured in read.values(words):
        if register not in mute:
            yield _doubted(measured, apart[register]) if register in apart else measured
    if any(each.table.tells_fault for each, _state in states):
        yield Measured(FAULT, ", ".join(filter(None, (each.fault(at) for each, at in states if at is not None))))


def _doubted(measured: Measured, silent: PlacedSilent) -> Measured:
    words = _("the device does not tell {register} in the same answer, which says whether it counts")
    return structs.replace(measured, doubt=measured.doubt or words.format(register=silent.told_by.name))
