"""What a data protection officer reads is there in French, whole, and as the sources say it."""

import ast
import gettext
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po
from collect import CATALOGUE, ROOT
from messages import Message, messages
from placeholders import placeholders

FRENCH = CATALOGUE.parent / "fr" / "LC_MESSAGES" / "lamppost.po"


def of_officer() -> Iterator[Message]:
    """Whatever `lamppost report privacy` says."""
    trades = ROOT / "agent" / "trades"
    files = [ROOT / "agent/cli/report_privacy.py", *sorted(trades.rglob("privacy.py"))]
    kerb = [trades / "kerb" / name for name in ("assessment.py", "legal_mode.py")]
    for file in (*files, *kerb):
        yield from (message for _line, message in messages(ast.parse(file.read_text())))


def translated(file: Path = FRENCH) -> dict[str, str]:
    with file.open(encoding="utf-8") as said:
        return {str(each.id): str(each.string) for each in read_po(said) if each.id}


def test_all_that_an_officer_reads_is_translated() -> None:
    french = translated()
    assert [each for each in of_officer() if not french.get(str(each))] == []


def test_nothing_is_translated_that_is_not_said_any_more() -> None:
    with CATALOGUE.open(encoding="utf-8") as said:
        known = {str(each.id) for each in read_po(said)}
    assert translated().keys() <= known


def test_what_is_read_at_the_start_is_what_was_translated() -> None:
    with FRENCH.with_suffix(".mo").open("rb") as compiled:
        found = gettext.GNUTranslations(compiled)
    said = translated()
    assert {each: found.gettext(each) for each in said} == said, "run: make catalogue"


def test_what_is_to_be_filled_in_is_the_same_in_both() -> None:
    assert {each for each, french in translated().items() if placeholders(each) != placeholders(french)} == set()
