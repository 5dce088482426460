"""A unit whose answers alone come damaged, on a line whose others are understood (pure).

Two devices that have one number mostly answer in the same moment, and what is heard then is neither's answer.
"""

from msgspec import Struct

from drivers.line.findings import Finding, Findings
from drivers.line.pieces import pieces

EVIDENT = 3
"""Damaged answers of one unit in a row, and sound ones of others meanwhile: noise spoils those as well."""


class _Streak(Struct):
    damaged: int = 0
    of_others: int = 0


class GarbledUnits:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._streaks: dict[int, _Streak] = {}

    def sound(self, unit: int) -> None:
        """A unit was understood."""
        self._streaks.pop(unit, None)
        for each in self._streaks.values():
            each.of_others += 1

    def unanswered(self, unit: int, heard: bytes, now_s: float) -> None:
        """A unit was asked, and that was heard in place of its answer."""
        if not heard or any(piece.kind != "noise" for piece in pieces(heard)):
            return
        streak = self._streaks.setdefault(unit, _Streak())
        streak.damaged += 1
        if min(streak.damaged, streak.of_others) >= EVIDENT:
            self._findings.note(Finding.GARBLED, now_s, unit)
