"""Holds the licences in requirements/licences.toml against the locks and against what is installed.

    .venv/bin/python requirements/licences.py           write the table in docs/licences.md
    .venv/bin/python requirements/licences.py --check   what is missing, not allowed or not true

It asks no network: what a package says of itself is read from where it is installed.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from types import MappingProxyType
from typing import Any, NamedTuple

from boolean import Expression
from license_expression import OR, ExpressionError, get_spdx_licensing
from sections import ROOT, file_of, locked_versions, pins, split

TABLE = ROOT / "requirements" / "licences.toml"
PAGE = ROOT / "docs" / "licences.md"
BEGIN, END = "<!-- make licences: begin -->\n", "<!-- make licences: end -->\n"
OF_A_POLE = ("build", "pole", "npm")
"""The sections whose packages a pole has: the last, where it fetches weights and has no npm of its own."""

_SPDX = get_spdx_licensing()
_LIBRARY = re.compile(r"(lib.+?)(?:-[0-9a-f]{8})+\.")


class Licence(NamedTuple):
    """What a pole has, as the table says it.

    Args:
        licence: SPDX expression.
        text: where its wheel has the text, in the folder .dist-info; or where it lies otherwise.
        bundles: shared libraries in its wheel -> SPDX expression.
        barred: why no package may contain the wheel as it is; "": one may.
        emptied: libraries of a barred wheel in whose places a package has empty ones (encoders.py): so one may; and
            what their functions return.
    """

    licence: str
    text: str
    bundles: dict[str, str]
    barred: str = ""
    emptied: Mapping[str, int] = MappingProxyType({})

    def packed(self) -> dict[str, str]:
        """The libraries that a package has of the wheel."""
        return {library: words for library, words in self.bundles.items() if library not in self.emptied}


class Table(NamedTuple):
    """The whole of licences.toml."""

    allowed: frozenset[str]
    pole: dict[str, Licence]
    other: dict[str, str]


def read(text: str) -> Table:
    said: dict[str, Any] = tomllib.loads(text)
    pole = {name: Licence(**{"bundles": {}, **entry}) for name, entry in said["pole"].items()}
    return Table(frozenset(said["allowed"]), pole, said["other"])


def locked(sections: tuple[str, ...] | None = None) -> dict[str, dict[str, str]]:
    """The versions of each package in those sections (None: all), by lock."""
    found: dict[str, dict[str, str]] = {}
    for file in map(file_of, locked_versions()):
        for section, text in split(file.read_text()).items():
            for name, pin in pins(text).items() if sections is None or section in sections else ():
                found.setdefault(name, {})[file.stem] = pin.version
    return found


def problems(table: Table) -> Iterator[str]:
    """What is wrong with the table, each in a line that says what to do."""
    everything, of_pole = locked(), locked(OF_A_POLE)
    yield from _missing("[pole]", of_pole.keys(), table.pole.keys())
    yield from _missing("[other]", everything.keys() - of_pole.keys(), table.other.keys())
    for name, licence in table.other.items():
        yield from (f"{name}: {each}" for each in _not_allowed({"": licence}, table.allowed))
    for name, entry in table.pole.items():
        yield from (f"{name}: {each}" for each in _of_pole(entry, table.allowed))
        if name in of_pole:
            yield from (f"{name}: {each}" for each in _of_installed(name, entry, set(of_pole[name].values())))


def _missing(where: str, wanted: Any, there: Any) -> Iterator[str]:
    for name in sorted(wanted - there):
        yield f"{name}: is in a lock and not in {where} of requirements/licences.toml; {_word(name)}"
    for name in sorted(there - wanted):
        yield f"{name}: is in {where} of requirements/licences.toml, and in no such section of a lock: remove it"


def _word(name: str) -> str:
    """What the installed package says of its licence."""
    try:
        said = distribution(name).metadata
    except PackageNotFoundError:
        return "it is not installed here"
    words = [text for key in ("License-Expression", "License") for text in said.get_all(key) or () if text]
    classified = [each for each in said.get_all("Classifier", []) if each.startswith("License")]
    return f"it says: {(words or classified or ['nothing'])[0][:80]!r}"


def _of_pole(entry: Licence, allowed: frozenset[str]) -> Iterator[str]:
    wrong = list(_not_allowed({"": entry.licence, **entry.bundles}, allowed))
    if entry.barred and not wrong:
        yield "is barred, though all in it is allowed"
    if not entry.barred:
        yield from wrong
    elif entry.emptied:
        yield from _not_allowed(entry.packed(), allowed)


def _not_allowed(licences: dict[str, str], allowed: frozenset[str]) -> Iterator[str]:
    for part, words in licences.items():
        what = f"{part} has {words}" if part else words
        try:
            licence = _SPDX.parse(words, validate=True)
        except ExpressionError as error:
            yield f"{what}: no SPDX expression: {error}"
            continue
        if not is_allowed(licence, allowed):
            yield f"{what}, which `allowed` in requirements/licences.toml does not name"


def is_allowed(licence: Expression, allowed: frozenset[str]) -> bool:
    """Whether each part of it is, or one of its alternatives."""
    if str(licence) in allowed:
        return True
    parts = [is_allowed(each, allowed) for each in licence.args]
    return any(parts) if isinstance(licence, OR) else bool(parts) and all(parts)


def _of_installed(name: str, entry: Licence, versions: set[str]) -> Iterator[str]:
    """What is not true of the package that is installed, where it is one of the locked."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return
    if found.version not in versions:
        return
    said = next(iter(found.metadata.get_all("License-Expression") or ()), "")
    if said and said != entry.licence:
        yield f"says {said} of itself, requirements/licences.toml {entry.licence}"
    if "://" not in entry.text and found.read_text(entry.text) is None:
        yield f"{entry.text}: there is no such text in its wheel"
    for library in sorted(libraries(found) - entry.bundles.keys()):
        yield f"{library}: is in its wheel, and not in bundles of requirements/licences.toml"


def libraries(found: Distribution) -> set[str]:
    """The shared libraries of others that a wheel brings along, by name without digest and version."""
    beside = [file.name for file in found.files or () if file.parts[0].endswith(".libs")]
    return {name[1] if (name := _LIBRARY.match(each)) else each for each in beside}


def page(table: Table, text: str) -> str:
    """The page with its table written anew. Raises ValueError: the marks are not there."""
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"{PAGE}: no {BEGIN.strip()} ... {END.strip()}")
    return before + BEGIN + "\n" + "".join(_rows(table)) + "\n" + END + after


def _rows(table: Table) -> Iterator[str]:
    versions = locked(OF_A_POLE)
    yield "| package | version | licence | its text | libraries in its wheel |\n| --- | --- | --- | --- | --- |\n"
    for name, entry in sorted(table.pole.items()):
        each = ", ".join(dict.fromkeys(versions[name].values()))
        text = entry.text if "://" in entry.text else f"`{entry.text}`"
        bundled = "; ".join(f"{library} ({licence})" for library, licence in entry.bundles.items())
        yield f"| {name} | {each} | {entry.licence} | {text} | {bundled} |\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only tell what is wrong")
    check = parser.parse_args().check
    table = read(TABLE.read_text())
    wrong = list(problems(table))
    if not wrong and (current := page(table, PAGE.read_text())) != PAGE.read_text():
        if check:
            wrong = [f"{PAGE.relative_to(ROOT)}: not what the locks say. Run:  make licences"]
        else:
            PAGE.write_text(current)
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
