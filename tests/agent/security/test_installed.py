"""The digest of what is installed: another for every file that is another, the same for byte code."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.security import installed


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "agent" / "trades").mkdir(parents=True)
    (tmp_path / "agent" / "app.py").write_text("print(1)\n")
    (tmp_path / "agent" / "trades" / "lamp.py").write_text("print(2)\n")
    return tmp_path / "agent"


def _moved(package: Path) -> None:
    (package / "app.py").rename(package / "trades" / "app.py")


CHANGES: dict[str, Callable[[Path], object]] = {
    "another content": lambda package: (package / "app.py").write_text("print(3)\n"),
    "a file more": lambda package: (package / "more.py").touch(),
    "a file less": lambda package: (package / "app.py").unlink(),
    "a file moved": _moved,
    "a line goes from one file to the next": lambda package: [
        (package / "app.py").write_text("print(1)\nprint(2)\n"),
        (package / "trades" / "lamp.py").write_text(""),
    ],
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_for_every_change(package: Path, change: str) -> None:
    before = installed.digest([package])
    CHANGES[change](package)
    assert installed.digest([package]) != before


def test_the_same_for_byte_code_and_times(package: Path) -> None:
    before = installed.digest([package])
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "app.cpython-311.pyc").write_bytes(b"x")
    (package / "app.py").touch()
    assert installed.digest([package]) == before


def test_a_link_is_not_followed(package: Path, tmp_path: Path) -> None:
    before = installed.digest([package])
    (package / "endless").symlink_to(tmp_path)
    assert installed.digest([package]) == before


def test_of_this_lamppost_it_is_the_same_each_time() -> None:
    assert installed.digest() == installed.digest()
