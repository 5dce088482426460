"""The command line itself."""

import subprocess
import sys
from importlib.metadata import version

import pytest

from agent.cli import main


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
