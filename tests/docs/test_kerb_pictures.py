"""The pictures of docs/kerb.md are those that its script draws, and each stands in the page."""

import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "kerb"


@pytest.mark.parametrize("name", ["placing", "above", "drawing", "corners", "sizes"])
def test_a_picture_is_drawn_anew_with_its_script(name: str) -> None:
    draw = runpy.run_path(str(FOLDER / "__main__.py"))[name]
    assert (FOLDER / f"{name}.svg").read_text() == draw(), "draw it anew: make plan"
    assert f"](kerb/{name}.svg)" in FOLDER.with_suffix(".md").read_text()
