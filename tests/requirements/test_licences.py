"""Each package of the locks has a licence that is allowed, and what the table says of a wheel is so."""

import sys
from importlib.metadata import distribution
from pathlib import Path

import licences
import pytest
from licences import TABLE, Licence, Table, problems, read

pytestmark = pytest.mark.skipif(Path(sys.prefix).name == ".venv-newest", reason="made without the lock")

TEXT = TABLE.read_text()


def changed(old: str, new: str) -> list[str]:
    """What is wrong with a table in which that was changed."""
    assert old in TEXT
    return list(problems(read(TEXT.replace(old, new, 1))))


def test_every_package_of_every_lock_has_a_licence_that_is_allowed() -> None:
    assert list(problems(read(TEXT))) == []


def test_a_package_without_a_licence_is_told_with_what_it_says_itself() -> None:
    table = read(TEXT)
    pole = {name: entry for name, entry in table.pole.items() if name != "msgspec"}
    (said,) = problems(table._replace(pole=pole))
    assert said == ("msgspec: is in a lock and not in [pole] of requirements/licences.toml; it says: 'BSD-3-Clause'")


def test_a_licence_for_what_no_lock_names_is_told() -> None:
    table = read(TEXT)
    (said,) = problems(table._replace(other={**table.other, "left-pad": "MIT"}))
    assert said.startswith("left-pad: ") and said.endswith("remove it")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('hypothesis = "MPL-2.0"', 'hypothesis = "GPL-3.0-only"', "hypothesis: GPL-3.0-only, which `allowed`"),
        ('hypothesis = "MPL-2.0"', 'hypothesis = "MPL 2"', "hypothesis: MPL 2: no SPDX expression"),
        ('text = "licenses/LICENCE"', 'text = "licenses/LICENSE"', "tqdm: licenses/LICENSE: there is no such text"),
        ('libx264 = "GPL-2.0-or-later"\n', "", "av: libx264: is in its wheel, and not in bundles"),
        ("\nbarred = ", "\n# ", "av: libx264 has GPL-2.0-or-later, which `allowed`"),
        ('licence = "MIT-0"', 'licence = "MIT"', "cffi: says MIT-0 of itself"),
    ],
)
def test_what_is_not_so_is_told(old: str, new: str, words: str) -> None:
    (said,) = [each for each in changed(old, new) if each.startswith(words)]
    assert "requirements/licences.toml" in said or "SPDX" in said or "wheel" in said


def test_a_wheel_that_is_barred_for_nothing_is_told() -> None:
    table = read(TEXT)
    entry = table.pole["msgspec"]._replace(barred="a rumour")
    (said,) = problems(table._replace(pole={**table.pole, "msgspec": entry}))
    assert said == "msgspec: is barred, though all in it is allowed"


def test_of_alternatives_one_is_enough_of_parts_each() -> None:
    entry = Licence("EPL-2.0 OR GPL-2.0-only", "x", {}, "")
    for words, wrong in ((entry.licence, 0), ("MIT AND GPL-2.0-only", 1)):
        assert len(list(licences._of_pole(entry._replace(licence=words), frozenset({"EPL-2.0", "MIT"})))) == wrong


def test_the_name_of_a_library_is_without_its_digest() -> None:
    assert {"libx264", "libx265", "libavcodec"} <= licences.libraries(distribution("av"))


def test_the_table_of_the_page_is_that_of_the_locks() -> None:
    page = licences.PAGE.read_text()
    assert licences.page(read(TEXT), page) == page
    with pytest.raises(ValueError, match="make licences"):
        licences.page(Table(frozenset(), {}, {}), "no marks")
