"""What a line was found to be beside its answers, in words for a technician: echo, a second master, noise (pure)."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from drivers.translation import _, ngettext

KEPT_S = 600.0
"""A finding is told for so long after it was last made."""


class Finding(StrEnum):
    """What was heard."""

    ECHO = "echo"
    SECOND_MASTER = "second_master"
    TWO_DEVICES = "two_devices"
    ANSWERS_TWICE = "answers_twice"
    TWIN_UNITS = "twin_units"
    GARBLED = "garbled"
    NOISE = "noise"
    WRONG_NUMBER = "wrong_number"
    OTHER_UNIT = "other_unit"


HARMLESS = frozenset({Finding.ECHO})
"""What takes no value away."""

_NAMES: Mapping[Finding, str] = {
    Finding.ECHO: _("echo"),
    Finding.SECOND_MASTER: _("second master"),
    Finding.TWO_DEVICES: _("two devices on unit {unit}"),
    Finding.ANSWERS_TWICE: _("two devices on unit {unit}, or a repeater"),
    Finding.TWIN_UNITS: _("units {unit} and {other} answered by one device"),
    Finding.GARBLED: _("unit {unit} alone is garbled"),
    Finding.NOISE: _("noise"),
    Finding.WRONG_NUMBER: _("wrong transaction number"),
    Finding.OTHER_UNIT: _("another unit answers"),
}

_WORDS: Mapping[Finding, str] = {
    Finding.ECHO: _("the adapter hears what it sends; that is left out"),
    Finding.SECOND_MASTER: _("one master alone may be on a line: look for it, and take it off"),
    Finding.TWO_DEVICES: _("give one of them another number"),
    Finding.ANSWERS_TWICE: _(
        "its answers come twice, and are equal: give one of the two another number, or take the repeater off"
    ),
    Finding.TWIN_UNITS: _(
        "what one is told the other shows: set its unit number, or take one of them out of the configuration"
    ),
    Finding.GARBLED: _(
        "look for a second device with that number, which answers at once with it; check its own wiring"
    ),
    Finding.NOISE: _("check wiring A/B, termination, bias resistors, baud and parity"),
    Finding.WRONG_NUMBER: _(
        "the gateway mixes answers up: it is asked for one thing at a time; "
        "ignore_transaction = true takes its answers where it is known to do so always"
    ),
    Finding.OTHER_UNIT: _(
        "the gateway answers under another unit than was asked; ignore_unit = true takes that "
        "where it is known to do so always"
    ),
}


class Told(Struct, frozen=True):
    """
    Args:
        unit: the one that it is about; None: the whole line.
        other: a second one that it is about; None: there is none.
        count: how often it was found.
        ago_s: since it was found last.
    """

    what: Finding
    unit: int | None
    count: int
    ago_s: float
    other: int | None = None

    @property
    def name(self) -> str:
        """ "echo", "two devices on unit 3"."""
        return _NAMES[self.what].format(unit=self.unit, other=self.other)

    @property
    def is_harmless(self) -> bool:
        return self.what in HARMLESS

    def is_ambiguous(self, unit: int) -> bool:
        """Whether what that unit says may be what another device says."""
        return self.what in {Finding.TWO_DEVICES, Finding.TWIN_UNITS} and unit in {self.unit, self.other}

    @property
    def words(self) -> str:
        """How often, and what to do."""
        times = ngettext("heard once", "heard {count} times", self.count).format(count=self.count)
        return f"{times}: {_WORDS[self.what]}"

    @property
    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.name,
            "words": self.words,
            "count": self.count,
            "ago_s": round(self.ago_s, 1),
            "harmless": self.is_harmless,
        }


class Findings:
    """All that was found on one line. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._found: dict[tuple[Finding, int | None], tuple[int, float]] = {}

    def note(self, what: Finding, at_s: float, unit: int | None = None) -> None:
        self._found[what, unit] = (self.times(what, at_s, unit) + 1, at_s)

    def times(self, what: Finding, now_s: float, unit: int | None = None) -> int:
        """How often it was found of late."""
        count, at_s = self._found.get((what, unit), (0, -KEPT_S))
        return count if now_s - at_s < KEPT_S else 0

    def has(self, what: Finding, now_s: float, unit: int | None = None) -> bool:
        """Whether it was found of late."""
        return self.times(what, now_s, unit) > 0

    def told(self, now_s: float) -> Iterator[Told]:
        for (what, unit), (count, at_s) in sorted(self._found.items(), key=lambda each: (each[0][0], each[0][1] or 0)):
            if now_s - at_s < KEPT_S:
                yield Told(what, unit, count, now_s - at_s)
