"""Filters duplicates: an answer that may be the second copy of another one (pure).

Radio repeaters and some gateways send an answer twice. The copy of an answer that was just accepted is as valid on RTU
as the answer that is waited for, if the next request asks the same unit for as many registers. What tells it apart is
that it is equal to the byte to an answer heard a moment ago. Two right answers may be equal as well: the caller asks
again, and a third copy of the same answer is not to be expected.
"""

from msgspec import Struct

REMEMBERED = 32


class PastAnswer(Struct, frozen=True):
    """An answer of a unit.

    Args:
        asked: PDU of the request that it was accepted for; empty: nobody had asked for it, or no longer.
        at_s: monotonic seconds.
    """

    pdu: bytes
    asked: bytes
    at_s: float


class DuplicateFilter:
    """What each unit of a line said of late."""

    def __init__(self) -> None:
        self._units: dict[int, list[PastAnswer]] = {}

    def remember(self, unit: int, heard: PastAnswer) -> None:
        said = self._units.setdefault(unit, [])
        said.append(heard)
        del said[:-REMEMBERED]

    def last(self, unit: int) -> PastAnswer | None:
        """What it said last; None: nothing."""
        said = self._units.get(unit)
        return said[-1] if said else None

    def has_said(self, unit: int, pdu: bytes, asked: bytes | None = None) -> bool:
        """Whether it is one of the last answers of that unit.

        Args:
            asked: PDU of a request, the answers to which are not meant; None: all are.
        """
        return any(earlier.pdu == pdu and earlier.asked != asked for earlier in self._units.get(unit, ()))

    def is_possible_duplicate(self, unit: int, heard: PastAnswer, window_s: float) -> bool:
        """Whether the unit said the same within `window_s` before, and not to the same request.

        To the same request it may say the same as often as it likes: that is what a register does that does not change.
        """
        return any(
            earlier.pdu == heard.pdu and earlier.asked != heard.asked and heard.at_s - earlier.at_s <= window_s
            for earlier in self._units.get(unit, ())
        )
