"""The plan of as few reads as a profile allows, and what writes a value (pure)."""

from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from drivers.profile.schema import Register
from drivers.profile.values import Measured, decode, encode

WRITE_SEVERAL = 16

MOST_POWER = 10
"""The greatest power of ten: what is greater is no exponent."""


class Write(Struct, frozen=True):
    """One request that writes a value.

    Args:
        function: 5 (coil), 6 (one register), 15 (several coils) or 16 (several registers).
        words: the registers, or the one bit.
    """

    function: int
    address: int
    words: Sequence[int]


class PlacedRegister(Struct, frozen=True):
    """A register of one device, with its address in the PDU, from 0."""

    name: str
    register: Register
    address: int

    @property
    def end(self) -> int:
        return self.address + self.register.words

    def writing(self, value: float) -> Write:
        """What writes `value`. Raises ValueError for what the device cannot take."""
        return Write(self.register.write or WRITE_SEVERAL, self.address, encode(self.register, value))


class PlacedHole(Struct, frozen=True):
    """Addresses `first` to `last` that must not be read by `function`."""

    function: int
    first: int
    last: int


class Read(Struct, frozen=True):
    """One request and what its answer holds.

    Args:
        count: registers, or bits with functions 1 and 2.
        group: name of its [poll.NAME]; "" when it is due as often as the device.
    """

    function: int
    address: int
    count: int
    group: str
    registers: tuple[PlacedRegister, ...]

    def part(self, placed: PlacedRegister, words: Sequence[int]) -> Sequence[int]:
        """One of its registers in an answer."""
        at = placed.address - self.address
        return words[at : at + placed.register.words]

    def values(self, words: Sequence[int]) -> Iterator[tuple[str, Measured]]:
        """The values in the `count` registers (or bits) of an answer, each with the name of its register."""
        exponents = {each.register.exponent for each in self.registers} - {None}
        for placed in self.registers:
            if placed.name in exponents or (register := self._scaled(placed, words)) is None:
                continue
            for measured in decode(placed.name, register, self.part(placed, words)):
                yield placed.name, measured

    def _scaled(self, placed: PlacedRegister, words: Sequence[int]) -> Register | None:
        """The register with the power of ten beside it; None: none stands there, and it has no value."""
        name = placed.register.exponent
        if name is None:
            return placed.register
        found = [
            each.value
            for other in self.registers
            if other.name == name
            for each in decode(name, other.register, self.part(other, words))
        ]
        power = found[0] if found else None
        if not isinstance(power, int | float) or abs(power) > MOST_POWER:
            return None
        return structs.replace(placed.register, scale=placed.register.scale * 10.0**power, exponent=None)

    def decode(self, words: Sequence[int]) -> Iterator[Measured]:
        """The values in the `count` registers (or bits) of an answer."""
        return (measured for _name, measured in self.values(words))


def plan(
    registers: Sequence[PlacedRegister], holes: Sequence[PlacedHole], max_gap: int, max_registers: int
) -> tuple[Read, ...]:
    """Neighbours share a read: of one function and poll group, across gaps of up to `max_gap`, never across a hole."""
    reads: list[list[PlacedRegister]] = []
    for placed in sorted(registers, key=_order):
        if reads and _joins(reads[-1], placed, holes, max_gap, max_registers):
            reads[-1].append(placed)
        else:
            reads.append([placed])
    return tuple(_read(group) for group in reads)


def single_read(placed: PlacedRegister) -> Read:
    """One register and nothing else."""
    return _read([placed])


def _order(placed: PlacedRegister) -> tuple[str, int, int]:
    return (placed.register.group, placed.register.function, placed.address)


def _joins(
    group: Sequence[PlacedRegister],
    placed: PlacedRegister,
    holes: Sequence[PlacedHole],
    max_gap: int,
    max_registers: int,
) -> bool:
    first, function = group[0], placed.register.function
    end = max(each.end for each in group)
    return (
        (first.register.group, first.register.function) == (placed.register.group, function)
        and placed.address - end <= max_gap
        and max(end, placed.end) - first.address <= max_registers
        and not any(h.function == function and h.first < placed.address and h.last >= end for h in holes)
    )


def _read(group: Sequence[PlacedRegister]) -> Read:
    first = group[0]
    count = max(placed.end for placed in group) - first.address
    return Read(first.register.function, first.address, count, first.register.group, tuple(group))
