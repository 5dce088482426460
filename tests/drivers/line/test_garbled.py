"""A unit whose answers alone come damaged is told from a line on which all do."""

import pytest

from drivers.line.ear import Ear
from drivers.line.findings import Finding, Findings
from drivers.line.frames import Request, rtu_frame
from drivers.line.garbled import EVIDENT, GarbledUnits
from drivers.line.timeouts import AdaptiveTimeouts

DAMAGED = bytes.fromhex("010304413a0000ffff")


def question(unit: int) -> Request:
    return Request("m", unit, bytes.fromhex("0300000002"), b"\x03\x04", 6)


def told(steps: str) -> bool:
    """Whether unit 1 is told. Steps: "d" its damaged answer, "s" its sound one, "o" that of another, "-" silence,
    "m" another master."""
    findings = Findings()
    units = GarbledUnits(findings)
    for at_s, step in enumerate(steps):
        if step in "so":
            units.sound(1 if step == "s" else 2)
        else:
            units.unanswered(1, {"d": DAMAGED, "-": b"", "m": rtu_frame(question(1))}[step], float(at_s))
    return findings.has(Finding.GARBLED, float(len(steps)), 1)


@pytest.mark.parametrize(
    ("steps", "is_told"),
    [
        ("do" * EVIDENT + "d", True),
        ("d" * 9, False),
        ("o" * 9 + "d" * 9, False),
        ("dodosdodo", False),
        ("-o" * 9, False),
        ("mo" * 9, False),
    ],
)
def test_it_is_told_where_others_are_understood_meanwhile(steps: str, is_told: bool) -> None:
    assert told(steps) is is_told


def test_whoever_listens_to_a_line_learns_it_from_each_exchange() -> None:
    ear, sound = Ear(AdaptiveTimeouts(0.5)), rtu_frame(Request("m", 2, bytes.fromhex("0304413a0000"), b"", 0))
    for at in range(2 * EVIDENT + 1):
        request = question(1 + at % 2)
        ear.sends(request)
        ear.hear(DAMAGED if request.unit == 1 else sound)
        found = ear.answer(request)
        if found is None:
            ear.unanswered(request, float(at))
        else:
            ear.judge(request, found, float(at))
        ear.overhear(float(at))
    assert ear.others.findings.has(Finding.GARBLED, 10.0, 1)
    assert not ear.others.findings.has(Finding.GARBLED, 10.0, 2)
