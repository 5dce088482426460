"""The command line itself."""

import subprocess
import sys
from importlib.metadata import version

import pytest

from agent.cli import main
from drivers.extras import PACKAGED


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"lamppost {version('lamppost')}\n"


def test_the_version_takes_neither_the_daemon_nor_the_configuration() -> None:
    code = """
import sys
from agent.cli import main
try:
    main(["--version"])
except SystemExit:
    print([name for name in ("agent.app", "agent.config.schema", "sqlite3", "ssl") if name in sys.modules])
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[1] == "[]"


@pytest.mark.parametrize("given", ["nan", "inf", "-1", "0", "x", "\x1b[2J"])
@pytest.mark.parametrize("command", [["wipe", "--wait"], ["demo", "--seconds"]])
def test_a_number_that_is_none_is_told_in_words(
    command: list[str], given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command[:1], f"{command[1]}={given}"])
    assert ended.value.code == 2
    assert f"argument {command[1]}: {given!a} is no number above 0\n" in capsys.readouterr().err


def test_the_package_says_where_the_simulated_street_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not in there (requirements/bundle.py)."""
    monkeypatch.setattr(sys, "prefix", PACKAGED)
    monkeypatch.setitem(sys.modules, "agent.simulate", None)
    assert main(["demo"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.endswith("In a checkout, on any machine: make demo\n")
