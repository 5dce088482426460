"""A language puts brackets round every message, and nothing that a person reads stands outside of them."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from collect import collected

from drivers.translation import DOMAIN

WRONG = """\
[pole]
id = "pole 1"
site = "exampletown"
latitude = "45,7"
longitude = 4.8
timezone = "Europe/Pari"
brightness = 3

[uplink]
host = "mqtt.example"
username = "p1"

[line.rs485]
kind = "serial"
port = "/dev/ttyUSB0"
baud = 9600
timeout = 300

[lamp.lamp-1]
line = "rs845"
unit = 300
profile = "wb-mdm"
"""


@pytest.fixture(scope="module")
def bracketed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that speaks it."""
    catalogue = Catalog(locale="eo")
    for message in read_po(io.StringIO(collected())):
        if isinstance(message.id, tuple | list):
            catalogue.add(tuple(message.id), tuple(f"⟦{each}⟧" for each in message.id))
        elif message.id:
            catalogue.add(message.id, f"⟦{message.id}⟧")
    folder = tmp_path_factory.mktemp("locale")
    file = folder / "eo/LC_MESSAGES" / f"{DOMAIN}.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as written:
        write_mo(written, catalogue)
    return {**os.environ, "LANGUAGE": "eo", "TEXTDOMAINDIR": str(folder), "PYTHONUTF8": "1"}


def outside(text: str) -> str:
    """What is left of a text without its messages, which may stand inside one another."""
    while (inner := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = inner
    return text


def test_every_problem_of_a_wrong_file_is_told_by_the_catalogue(bracketed: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(WRONG)
    command = [sys.executable, "-m", "agent", "check", str(file)]
    done = subprocess.run(command, env=bracketed, capture_output=True, text=True, check=False, timeout=60)
    lines = done.stderr.splitlines()
    assert done.returncode == 78 and len(lines) >= 8, done.stderr
    for line in lines:
        left = outside(line.removeprefix(str(file)))
        assert "⟦" in line and set(re.findall(r"[\w.-]*[a-z][\w.-]*", left)) <= names(WRONG), left


def names(text: str) -> set[str]:
    """Tables and keys of a file."""
    return set(re.findall(r"^\[(.*)\]$", text, re.MULTILINE)) | set(re.findall(r"^(\w+) =", text, re.MULTILINE))


def test_what_stands_outside_is_seen() -> None:
    assert outside("[lamp] unit: ⟦⟦300⟧ is ⟦out of range⟧⟧; expected more") == "[lamp] unit: ; expected more"
