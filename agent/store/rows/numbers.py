"""The numbers of one event: each uplink that takes it counts what it gets (pure).

An uplink is a slot, one bit of `takers`.
"""

from collections.abc import Iterator, Sequence

from msgspec import msgpack

_ALL = (1 << 62) - 1

Numbers = int | bytes
"""The number itself where one uplink takes the event, as nearly always; else those of all, in the order of slots."""


Range = tuple[int, int]
"""The first and the last of consecutive numbers."""


def pack(numbers: Sequence[int]) -> Numbers:
    return numbers[0] if len(numbers) == 1 else msgpack.encode(numbers)


def number_of(takers: int, numbers: Numbers, slot: int) -> int:
    """The number with that uplink; 0: it does not take the event. Raises ValueError for what `pack` did not make."""
    if not takers >> slot & 1:
        return 0
    if isinstance(numbers, int):
        return numbers
    before = (takers & ((1 << slot) - 1)).bit_count()
    return msgpack.decode(numbers, type=list[int])[before]


def slots_of(takers: int) -> Iterator[int]:
    """The slots whose bits are set, in their order; a disk may have set bits that are of no slot."""
    takers &= _ALL
    while takers:
        lowest = takers & -takers
        yield lowest.bit_length() - 1
        takers ^= lowest


def ranges(numbers: Sequence[int]) -> list[Range]:
    """Ascending numbers as ranges of consecutive ones, each with its first and its last."""
    found: list[Range] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found


def missing(numbers: Sequence[int], first: int, last: int) -> list[Range]:
    """The ranges from `first` to `last` in which none of these ascending numbers lies."""
    found, expected = [], first
    for number in (*numbers, last + 1):
        if number > expected:
            found.append((expected, number - 1))
        expected = max(expected, number + 1)
    return found


def united(ranges: Sequence[Range]) -> list[Range]:
    """Returns the same numbers as ascending ranges that neither touch nor overlap."""
    found: list[Range] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found
