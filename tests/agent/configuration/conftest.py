"""A pole's file, and how it is edited."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pole_file
import pytest


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return pole_file.write(tmp_path)


@pytest.fixture
def edit(file: Path) -> Callable[[str, str], Path]:
    return partial(pole_file.edit, file)
