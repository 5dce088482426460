"""Two units answered by one device: a switch that was never set, a gateway that passes a unit number over (pure).

Nothing in an answer tells it, for each comes under the unit that was asked. What tells it is a write: a register of one
unit takes the value that another unit was told at that address, twice in a row, without having been told itself. One
that keeps another value is a device of its own, and was never, or is no longer, a twin: both must rest, for a lamp that
fades is read at another value each time.
"""

from collections.abc import Mapping

from msgspec import Struct

EVIDENT = 2
"""Writes in a row to one of two units that the other one showed."""

_READ_BY = {5: 1, 15: 1, 6: 3, 16: 3}
"""The function that reads what another one writes (Modbus Application Protocol V1.1b3, section 6)."""

_HEAD = 5
"""Bytes of a PDU: function, address, and a value or a count."""

Key = tuple[int, int]
"""Function that reads it, and address."""

Pair = frozenset[int]
"""Two units."""


class _Shared(Struct):
    """One register that was written: what each unit has there, and who was told to change it."""

    values: dict[int, int] = {}
    rests: frozenset[int] = frozenset()
    """Units that had the value before as well."""
    told: dict[Pair, int] = {}
    """The unit of two that was told a value which the other one did not have."""


class TwinUnits:
    """What the units of one line were told, and what they showed then."""

    def __init__(self) -> None:
        self._shared: dict[Key, _Shared] = {}
        self._seen: dict[Pair, int] = {}

    def learn(self, unit: int, asked: bytes, answer: bytes) -> None:
        """Takes what was asked and answered, as PDUs; a refusal tells nothing."""
        if answer[0] != asked[0]:
            return
        if asked[0] in _READ_BY:
            self._written(unit, asked)
        elif self._shared:
            self._read(unit, asked, answer)

    def twin_of(self, unit: int) -> int | None:
        """The other unit that the device of this one answers for; None: it seems to be alone."""
        return next((min(pair - {unit}) for pair in self.found if unit in pair), None)

    @property
    def found(self) -> Mapping[Pair, int]:
        """The units that one device answers for, two by two, and how often it was seen."""
        return {pair: seen for pair, seen in self._seen.items() if seen >= EVIDENT}

    def _written(self, unit: int, asked: bytes) -> None:
        """One register or coil; several at once are the settings of a start, and no order."""
        value = _value(asked)
        if value is None:
            return
        key = (_READ_BY[asked[0]], int.from_bytes(asked[1:3], "big"))
        shared = self._shared.setdefault(key, _Shared())
        shared.rests = shared.rests - {unit}
        shared.told = {pair: told for pair, told in shared.told.items() if unit not in pair}
        others = (other for other, has in shared.values.items() if other != unit and has != value)
        shared.told |= {Pair((unit, other)): unit for other in others}
        shared.values[unit] = value

    def _read(self, unit: int, asked: bytes, answer: bytes) -> None:
        first, count = int.from_bytes(asked[1:3], "big"), int.from_bytes(asked[3:5], "big")
        for (function, address), shared in self._shared.items():
            if function == asked[0] and first <= address < first + count:
                self._shown(unit, _at(answer, function, address - first), shared)

    def _shown(self, unit: int, value: int, shared: _Shared) -> None:
        """Holds what one unit has against what the others have, but those that were not asked since it was told."""
        rests = shared.values.get(unit) == value
        shared.rests = shared.rests | {unit} if rests else shared.rests - {unit}
        shared.values[unit] = value
        for other, has in shared.values.items():
            pair = Pair((unit, other))
            if other == unit or shared.told.get(pair) == unit:
                continue
            told = shared.told.pop(pair, None)
            if has != value:
                self._differs(pair, shared)
            elif told == other:
                self._seen[pair] = self._seen.get(pair, 0) + 1

    def _differs(self, pair: Pair, shared: _Shared) -> None:
        """What is evident ends when both rest at what they have."""
        if self._seen.get(pair, 0) < EVIDENT or pair <= shared.rests:
            self._seen.pop(pair, None)


def _value(asked: bytes) -> int | None:
    """What a write tells one register; None: it tells several."""
    if asked[0] == 5:
        return int(asked[3] != 0)
    if asked[0] == 6:
        return int.from_bytes(asked[3:5], "big")
    if int.from_bytes(asked[3:5], "big") != 1:
        return None
    return asked[_HEAD + 1] & 1 if asked[0] == 15 else int.from_bytes(asked[_HEAD + 1 : _HEAD + 3], "big")


def _at(answer: bytes, function: int, index: int) -> int:
    """The value at that place of an answer to a read."""
    if function == 1:
        return answer[2 + index // 8] >> index % 8 & 1
    return int.from_bytes(answer[2 + 2 * index : 4 + 2 * index], "big")
