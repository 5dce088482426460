"""Profiles that are small and cost much: what nests deep, and what is wrong thousands of times."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers import mistakes
from drivers.lorawan import models
from drivers.mistakes import MOST_MISTAKES, ProfileError
from drivers.profile import load
from drivers.profile_files import LARGEST_BYTES, LONGEST_LINE, parsed

PROFILES = Path(__file__).parents[2] / "drivers" / "profiles"
SIZE = LARGEST_BYTES - 1024
BOMBS = {
    "a dotted key": ("x" + ".a" * (SIZE // 2) + " = 1\n", "characters, where"),
    "a dotted header": ("[" + ".".join("a" * (SIZE // 2)) + "]\n", "characters, where"),
    "tables within tables": ("x = " + "{a=" * (SIZE // 3) + "\n", "characters, where"),
    "lists within lists": ("x = " + "[" * SIZE + "\n", "characters, where"),
    "a number of thousands of digits": ("x = " + "9" * SIZE + "\n", "characters, where"),
    "tables that nobody knows": ("".join(f"[a{n}]\n" for n in range(SIZE // 16)), "there are more mistakes"),
    "keys that nobody knows": ("".join(f"a{n} = 1\n" for n in range(SIZE // 16)), "there are more mistakes"),
    "more than a profile has": ("#" * (LARGEST_BYTES + 1), "is larger than"),
}
READERS: dict[str, Callable[[Path], object]] = {
    "sensor": lambda folder: models.model("own", folder),
    "map": lambda folder: load("own", folder),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("bomb", BOMBS)
def test_promise_security_a_profile_that_would_cost_much_is_refused(bomb: str, reader: str, tmp_path: Path) -> None:
    text, words = BOMBS[bomb]
    (tmp_path / "lorawan").mkdir()
    for file in (tmp_path / "own.toml", tmp_path / "lorawan" / "own.toml"):
        file.write_text(text)
    with pytest.raises(ProfileError, match=words) as refused:
        READERS[reader](tmp_path)
    assert len(str(refused.value).splitlines()) <= MOST_MISTAKES + 1


def test_no_more_mistakes_are_looked_for_than_are_told(tmp_path: Path) -> None:
    looked = 0

    def endless() -> Iterator[mistakes.Mistake]:
        nonlocal looked
        while True:
            looked += 1
            yield "", f"key{looked}", "is wrong"

    with pytest.raises(ProfileError, match="there are more mistakes"):
        mistakes.raise_all(tmp_path / "own.toml", "", endless())
    assert looked == MOST_MISTAKES + 1


def test_lines_as_long_as_may_be_are_read() -> None:
    text = f"x = '{'y' * (LONGEST_LINE - 6)}'"
    assert len(text) == LONGEST_LINE and parsed(Path("own.toml"), text)["x"]


def test_shipped_profiles_are_far_below_the_limits() -> None:
    for file in PROFILES.rglob("*.toml"):
        text = file.read_text()
        assert 4 * len(text) < LARGEST_BYTES and 2 * max(map(len, text.splitlines())) < LONGEST_LINE, file


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "line",
    [
        'description = "EM500\\u0000"',
        'description = "a\tb"',
        'source = "\\u001b[2J"',
        '"a\\u0007" = 1',
        'a = ["\u202e"]',
    ],
)
def test_a_text_that_no_screen_shows_is_refused_with_its_line(line: str, reader: str, tmp_path: Path) -> None:
    (tmp_path / "lorawan").mkdir()
    for file in (tmp_path / "own.toml", tmp_path / "lorawan" / "own.toml"):
        file.write_text(f"# first\n{line}\n")
    with pytest.raises(ProfileError, match=r"own\.toml:2: a text has a character that no screen shows"):
        READERS[reader](tmp_path)


@pytest.mark.parametrize("key", ["length = []", "length = 2\nport = []", "length = 2\nwhen = { byte = 9, is = [] }"])
def test_a_list_with_nothing_in_it_is_named(key: str, tmp_path: Path) -> None:
    (tmp_path / "lorawan").mkdir()
    text = (
        f'description = "x"\nsource = "y"\nread = 2026-11-29\nreports = "10min"\norder = "little"\n[frame.a]\n{key}\n'
    )
    (tmp_path / "lorawan" / "own.toml").write_text(text)
    with pytest.raises(ProfileError, match=r"own\.toml:\d+: \[frame\.a\] "):
        READERS["sensor"](tmp_path)
