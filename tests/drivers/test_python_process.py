"""Processes of our own code, started where somebody has left code of the same name."""

import ast
import os
import subprocess
from pathlib import Path

import pytest

from drivers.python_process import command

ROOT = Path(__file__).parents[2]
ITSELF = ROOT / "drivers" / "python_process.py"


STRANGE = {
    "no word": {},
    "as a path": {"PYTHONPATH": "."},
    "behind a path": {"PYTHONPATH": "/usr/lib:"},
    "as a home": {"PYTHONHOME": "."},
    "at the start": {"PYTHONSTARTUP": "json.py", "PYTHONINSPECT": "1"},
    "as the user's own": {"PYTHONUSERBASE": "."},
}


@pytest.mark.parametrize("variables", STRANGE.values(), ids=STRANGE)
def test_what_lies_in_the_working_folder_is_not_run(tmp_path: Path, variables: dict[str, str]) -> None:
    for package in ("drivers", "agent"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("open('run-by-root', 'w')")
    (tmp_path / "json.py").write_text("open('run-by-root', 'w')")
    order, around = command("agent", "--version"), {**os.environ, **variables}
    done = subprocess.run(order, cwd=tmp_path, env=around, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == ["agent", "drivers", "json.py"]


@pytest.mark.parametrize("file", [*ROOT.glob("agent/**/*.py"), *ROOT.glob("drivers/**/*.py")], ids=str)
def test_no_process_is_started_otherwise(file: Path) -> None:
    """The interpreter's path in a command line, and no `-P` or `-I` behind it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Tuple | ast.List | ast.Call):
            parts = [ast.unparse(each) for each in (node.args if isinstance(node, ast.Call) else node.elts)]
            if "sys.executable" in parts:
                behind = parts[parts.index("sys.executable") + 1 :]
                assert behind[:1] in (["'-P'"], ["'-I'"]), f"{file}:{node.lineno}"
