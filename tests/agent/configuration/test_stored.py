"""A configuration that is kept is the same when it is read again."""

from pathlib import Path

import pytest

from agent.configuration import load, stored

FOLDER = Path(__file__).parents[3] / "config"
FILES = [FOLDER / "lamppost.toml", *sorted((FOLDER / "samples").glob("*.toml"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_its_digest_stays_the_same(file: Path) -> None:
    """A default that is a whole number under a key that is none would be written as 20, and then as 20.0."""
    config = load(file)
    again = stored.decoded(stored.encoded(config), type(config))
    assert stored.digest_of(again) == stored.digest_of(config)
