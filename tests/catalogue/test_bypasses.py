"""What a person reads comes through the catalogue."""

import pytest
from bypasses import bypasses
from collect import ROOT, sources


def test_no_message_bypasses_the_catalogue() -> None:
    files = {str(file.relative_to(ROOT)): file for file in sources()}
    found = {name: bypasses(file.read_text(), name) for name, file in files.items()}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        'what = "the disk is full"',
        'what = f"unit {unit} is silent"',
        'raise DeviceError(name, "silent")',
        'print(f"{name}: down")',
        'report.error(path, "unit", "missing")',
        'parser.add_argument("--all", help="everything")',
        'return Outcome(command.id, "failed", "expired")',
        'Alarm(reason="broken")',
        'log.warning(f"{name} is down")',
        'log.warning("it is " + state)',
        '_(f"unit {unit} is silent")',
        '_("unit {unit}: {state}").format(unit=1, state="down")',
        'what = _("it burns") if on else "dark"',
        'def said(level):\n    if level:\n        return _("it burns")\n    return "dark"',
        'WORDS = {1: _("it burns"), 0: "dark"}',
        'WORDS = ((1, _("it burns")), (0, "dark"))',
        'Id = Annotated[str, Meta(description="a short name")]',
        'Id = Annotated[str, Meta(description=_("a short name"))]',
        'def said():\n    for _ in range(3):\n        print(_("it burns"))',
    ],
)
def test_what_bypasses_it_is_seen(source: str) -> None:
    assert bypasses(source), source


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring has words."""',
        'what = _("the disk is full")',
        'what = _("unit {unit} is silent").format(unit=unit)',
        'log.warning("%s is down", name)',
        'log.warning("%s", _("it is down"))',
        'raise DeviceError("lamp-1", _("silent"))',
        'assert left, "what is left is none"',
        'if "unknown field" in words: pass',
        're.search(r"at line (\\d+)", words)',
        'report.error(path, "unit", _("missing"))',
        'print(f"{power:g} kW")',
        'ALL = f"SELECT key, body FROM {table}"',
        'where = f"seq NOT IN ({rows})"',
        'LAMP = """\\n[lamp.{name}]\\nline = "rs485"\\n"""',
        'yield f\'<text x="{x}" class="name">{words}</text>\'',
        'Text(name, style="bold red" if failed else "dim")',
        'yield "bay.occupied, bay.freed", _("when a bay was occupied")',
        'if alert in ("unknown ca", "access denied"): pass',
        'model = "Bosch TPS110"',
        'def read(path: "Path | None") -> "Path | None": pass',
        'Id = Annotated[str, Meta(description=N_("a short name"))]',
        '_("type this: {command}").format(command=f"chmod 600 {file}")',
        'def said():\n    print(_("it burns"), [1 for _ in range(3)])',
    ],
)
def test_what_is_no_message_may_stand_as_it_is(source: str) -> None:
    assert bypasses(source) == [], source
