"""Two devices under one unit number: when that is evident, and when it is over (pure).

They may say the same for a while, or one of them nothing: then what is heard is no value of either. So nothing of a
unit is believed that contradicted itself twice, until it was alone for many answers in a row.
"""

from collections import Counter

from drivers.line.findings import Finding, Findings

EVIDENT = 2
"""Contradictions of a unit after which nothing of it is believed."""

ALONE = 16
"""Answers in a row with which no second one came: the unit is one device."""


class SecondDevice:
    """
    Args:
        findings: of the line.
    """

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._alone: Counter[int] = Counter()  # answers of each unit since a second one came with it

    def answered_alone(self, unit: int) -> None:
        self._alone[unit] += 1

    def contradicted(self, unit: int, now_s: float) -> None:
        """Two answers came, and were not equal."""
        self._note(Finding.TWO_DEVICES, unit, now_s)

    def repeated(self, unit: int, now_s: float) -> None:
        """Two answers came, and were equal."""
        self._note(Finding.ANSWERS_TWICE, unit, now_s)

    def is_evident(self, unit: int, now_s: float) -> bool:
        return self._alone[unit] < ALONE and self._findings.times(Finding.TWO_DEVICES, now_s, unit) >= EVIDENT

    def _note(self, what: Finding, unit: int, now_s: float) -> None:
        self._findings.note(what, now_s, unit)
        self._alone[unit] = 0
