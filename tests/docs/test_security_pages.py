"""What SECURITY.md and docs/security.md name is there: tests, pages, headings, and the same number of years."""

import re
from pathlib import Path

import pytest

from agent import SUPPORT_YEARS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "SECURITY.md", ROOT / "docs" / "security.md", ROOT / "docs" / "licences.md"]
TEST = re.compile(r"`(tests/[\w/]+(?:\.py)?)(?:::(\w+))?`")


def threats() -> list[list[str]]:
    """The cells of each row."""
    text = (ROOT / "docs" / "security.md").read_text().partition("\n## Threats\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_each_threat_names_what_is_attacked_by_whom_what_stops_him_and_the_test() -> None:
    rows = threats()
    assert len(rows) > 15
    for row in rows:
        assert len(row) == 4 and all(row), row
        assert TEST.search(row[3]) or "](#" in row[3], row


def test_the_tests_that_are_named_exist() -> None:
    for row in threats():
        for path, name in TEST.findall(row[3]):
            assert (ROOT / path).exists(), path
            assert not name or f"def {name}(" in (ROOT / path).read_text(), f"{path}::{name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_refers_to_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_the_years_are_those_of_the_program() -> None:
    assert f"for **{SUPPORT_YEARS} years** from the first release" in (ROOT / "SECURITY.md").read_text()
