"""Each package of the locks has a licence that is allowed, and what the table says of a wheel is so."""

import os
import re
import subprocess
from importlib.metadata import distribution
from pathlib import Path

import licences
import pytest
from licences import TABLE, Licence, Table, problems, read
from sections import ROOT, pins, split

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
    entry = table.pole["astral"]._replace(barred="a rumour")
    (said,) = problems(table._replace(pole={**table.pole, "astral": entry}))
    assert said == "astral: is barred, though all in it is allowed"


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


LOCKED = re.compile(r"requirements/install\.py((?: \w+)+)")


def test_a_pole_installs_neither_a_broker_nor_anything_else_of_the_demonstration(tmp_path: Path) -> None:
    """`make service` installs what `make install` does."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    order = ["make", "--dry-run", "--no-print-directory", "install", f"VENV={tmp_path}/venv"]
    said = subprocess.run(order, cwd=ROOT, env=clean, capture_output=True, text=True, check=True).stdout
    sections = {word for words in LOCKED.findall(said) for word in words.split()}
    assert {"build", "pole"} <= sections <= set(licences.OF_A_POLE)
    for file in (ROOT / "requirements").glob("py*.txt"):
        parts = {section: pins(text).keys() for section, text in split(file.read_text()).items()}
        on_a_pole = {name for section in licences.OF_A_POLE for name in parts[section]}
        assert "amqtt" in parts["demo"]
        assert not on_a_pole & (parts["demo"] | parts["test"] | parts["mutants"] | parts["lock"])
        assert not {name for name in on_a_pole if re.search("amqtt|mosquitto|broker", name)}


def test_what_makes_a_box_a_pole_installs_no_broker_of_debian() -> None:
    for line in (ROOT / "systemd" / "install").read_text().splitlines():
        assert not re.search(r"apt|dpkg|mosquitto", line), line
