"""A read of a profile's plan, and what the device was found to take instead of it: for a time, never for good (pure).

A device that boots, or a gateway that does, refuses what it will answer a minute later. So a block that was taken apart
is asked as a whole again: after ten seconds, then after twice that each time, once an hour in the end.
"""

from collections.abc import Sequence

from drivers.profile import PlacedRegister, Read, single_read

FIRST_HOLD_S = 10.0
LONGEST_HOLD_S = 3600.0


class Block:
    """
    Args:
        whole: as the plan has it.
    """

    def __init__(self, whole: Read) -> None:
        self.whole = whole
        self.mend()

    def mend(self) -> None:
        """The device takes the whole block, or that is to be found out anew."""
        self._parts: tuple[Read, ...] = (self.whole,)
        self._hold_s, self._again_s = 0.0, 0.0

    def has(self, read: Read) -> bool:
        return read == self.whole or read in self._parts

    @property
    def is_whole(self) -> bool:
        return self._parts == (self.whole,)

    @property
    def is_empty(self) -> bool:
        """Whether all of it is left out."""
        return not self._parts

    def reads(self, now_s: float) -> tuple[Read, ...]:
        """What is asked at that monotonic second: what the device took last, or the whole block when it is time."""
        return self._parts if self._hold_s == 0 or now_s < self._again_s else (self.whole,)

    def replace(self, read: Read, parts: Sequence[Read], now_s: float) -> None:
        """The device refused `read` and takes `parts` instead."""
        if read == self.whole:
            self._parts = tuple(parts)
        else:
            at = self._parts.index(read)
            self._parts = (*self._parts[:at], *parts, *self._parts[at + 1 :])
        self._hold_s = min(2 * self._hold_s or FIRST_HOLD_S, LONGEST_HOLD_S)
        self._again_s = now_s + self._hold_s


def halves(read: Read) -> tuple[Read, Read]:
    """Two reads of about as many registers (or bits) each; `read` has two registers at least."""
    placed = sorted(read.registers, key=lambda each: each.address)
    middle = read.address + read.count / 2
    at = min(range(1, len(placed)), key=lambda at: abs(placed[at].address - middle))
    return _together(placed[:at]), _together(placed[at:])


def _together(registers: Sequence[PlacedRegister]) -> Read:
    """One read of all of them, with what lies between."""
    first = single_read(registers[0])
    count = max(placed.end for placed in registers) - first.address
    return Read(first.function, first.address, count, first.group, tuple(registers))
