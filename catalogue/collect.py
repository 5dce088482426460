"""Writes the catalogue of what lamppost says to a person, from its sources and its profiles, and tells whether it is
current.

    .venv/bin/python catalogue/collect.py           write drivers/locale/lamppost.pot
    .venv/bin/python catalogue/collect.py --check   whether it is current

It names the files in which a message stands, and neither lines nor dates: it changes with the messages alone.
"""

import argparse
import ast
import io
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from messages import messages

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "drivers/locale/lamppost.pot"
HEADER = """\
# What lamppost says to a person; written by  make catalogue. How it is translated: docs/operations.md."""


def sources() -> list[Path]:
    return sorted(file for package in ("agent", "drivers") for file in (ROOT / package).rglob("*.py"))


def of_profile(file: Path) -> Iterator[str]:
    """What a profile says to a person: which device it is of, and what that does when nobody speaks to it."""
    tables = tomllib.loads(file.read_text())
    yield tables["description"]
    if failsafe := tables.get("failsafe"):
        yield failsafe["when_silent"]


def collected() -> str:
    """The catalogue as it should be."""
    catalogue = Catalog(project="lamppost", header_comment=HEADER, fuzzy=False)
    for file in sources():
        for _line, message in messages(ast.parse(file.read_text())):
            catalogue.add(message, locations=[(str(file.relative_to(ROOT)), 1)])
    for file in sorted((ROOT / "drivers/profiles").glob("*.toml")):
        for text in of_profile(file):
            catalogue.add(text, locations=[(str(file.relative_to(ROOT)), 1)])
    written = io.BytesIO()
    write_po(written, catalogue, width=120, sort_output=True, include_lineno=False)
    dated = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By")
    return "".join(line for line in written.getvalue().decode().splitlines(True) if not line[1:].startswith(dated))


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only tell whether it is current")
    current = collected()
    if not parser.parse_args().check:
        CATALOGUE.parent.mkdir(exist_ok=True)
        CATALOGUE.write_text(current)
    elif not CATALOGUE.is_file() or CATALOGUE.read_text() != current:
        print(f"{CATALOGUE.relative_to(ROOT)}: not what the sources say. Run:  make catalogue", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
