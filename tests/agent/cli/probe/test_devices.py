"""What a device said is no value where it was found afterwards that another one may have said it."""

from types import SimpleNamespace
from typing import Any

from agent.cli.probe.answer import Answer
from agent.cli.probe.devices import _without_ambiguous
from agent.diagnostics.values import Asked
from drivers.line import Told
from drivers.line.findings import Finding


def test_what_one_of_two_devices_said_is_taken_back() -> None:
    heard = (
        Told(Finding.TWO_DEVICES, 3, 1, 0.0),
        Told(Finding.TWIN_UNITS, 4, 2, 0.0, 5),
        Told(Finding.ANSWERS_TWICE, 6, 9, 0.0),
        Told(Finding.NOISE, None, 1, 0.0),
    )
    masters: Any = {"rs485": SimpleNamespace(line=SimpleNamespace(told=lambda: heard))}
    on_lines = [("rs485", Asked(f"lamp-{unit}", unit, "any")) for unit in (3, 4, 5, 6)]
    on_lines += [("rs485", Asked("lamp-3b", 3, "any")), ("held", Asked("lamp-9", 3, "any"))]
    told = [Answer(asked.name, asked.name != "lamp-3b", "level 40") for _, asked in on_lines]
    judged = {each.name: each for each in _without_ambiguous(told, masters, on_lines)}
    assert [name for name, each in judged.items() if each.answered] == ["lamp-6", "lamp-9"]
    assert judged["lamp-3"].text == "level 40 (two devices on unit 3)"
    assert judged["lamp-4"].text == judged["lamp-5"].text == "level 40 (units 4 and 5 answered by one device)"
    assert judged["lamp-3b"].text == "level 40"
