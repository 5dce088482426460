"""One catalogue for all that a person reads, and no translation that breaks the daemon."""

import gettext
import io
import logging
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from drivers.translation import DOMAIN, FOLDER, TranslatedLog, Translation, opened


def of(pairs: dict[str, str], plurals: dict[tuple[str, str], tuple[str, str, str]] | None = None) -> Translation:
    catalogue = Catalog(locale="fr")
    for message, translation in {**pairs, **(plurals or {})}.items():
        catalogue.add(message, translation)
    return Translation(gettext.GNUTranslations(io.BytesIO(compiled(catalogue))))


def compiled(catalogue: Catalog) -> bytes:
    written = io.BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def test_what_nobody_has_translated_is_english() -> None:
    assert of({}).text("the disk is full") == "the disk is full"
    assert of({"the disk is full": "le disque est plein"}).text("the disk is full") == "le disque est plein"


def test_the_number_chooses_the_form() -> None:
    french = of(
        {}, {("{count} event", "{count} events"): ("{count} événement", "{count} événements", "{count} événements")}
    )
    forms = [french.plural("{count} event", "{count} events", count).format(count=count) for count in (0, 1, 2)]
    assert forms == ["0 événement", "1 événement", "2 événements"]


def test_a_singular_may_leave_its_number_out() -> None:
    french = of(
        {}, {("one event", "{count} events"): ("{count} événement", "{count} événements", "{count} événements")}
    )
    assert french.plural("one event", "{count} events", 1).format(count=1) == "1 événement"


def test_english_numbers_where_nobody_has_translated() -> None:
    assert [of({}).plural("one event", "{count} events", count) for count in (0, 1)] == ["{count} events", "one event"]


@pytest.mark.parametrize("wrong", ["{unité} muette", "{unit.real} muette", "{unit!r:>9d}", "{unit muette", "{} muette"])
def test_a_translation_that_cannot_be_filled_is_passed_over(wrong: str) -> None:
    message = "{unit} is silent"
    assert of({message: wrong}).text(message).format(unit="lamp-1") == "lamp-1 is silent"
    plural = of({}, {(message, "{unit}s are silent"): (wrong, wrong, wrong)})
    assert plural.plural(message, "{unit}s are silent", 1).format(unit="lamp-1") == "lamp-1 is silent"


def test_a_translation_may_leave_a_placeholder_out_or_turn_them_round() -> None:
    message = "{value} is not {kind}"
    assert of({message: "{kind} : pas {value}"}).text(message).format(value=1, kind="a list") == "a list : pas 1"
    assert of({message: "faux"}).text(message).format(value=1, kind="a list") == "faux"


def test_what_argparse_fills_keeps_its_percent_signs() -> None:
    message = "0 to 100 (%%)"
    assert of({message: "de 0 à 100 (%)"}).text(message) == message
    assert of({message: "de 0 à 100 (%%)"}).text(message) == "de 0 à 100 (%%)"


def logged(translation: Translation, template: str, *values: object) -> str:
    record = logging.LogRecord("any", logging.WARNING, "any.py", 1, template, values, None)
    assert TranslatedLog(translation).filter(record)
    return record.getMessage()


def test_a_log_line_is_looked_up_by_its_template() -> None:
    french = of({"%s is down: %s": "%s ne répond pas : %s"})
    assert logged(french, "%s is down: %s", "lamp-1", "no power") == "lamp-1 ne répond pas : no power"
    assert logged(french, "%s", "as it is") == "as it is"


@pytest.mark.parametrize("wrong", ["%s ne répond pas", "%d ne répond pas : %s", "%s : %s %s", "%(a)s"])
def test_a_log_line_that_cannot_be_filled_is_english(wrong: str) -> None:
    assert logged(of({"%s is down: %s": wrong}), "%s is down: %s", "lamp-1", "gone") == "lamp-1 is down: gone"


def test_the_language_is_that_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = Catalog(locale="fr")
    catalogue.add("the disk is full", "le disque est plein")
    file = tmp_path / "fr/LC_MESSAGES" / f"{DOMAIN}.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(compiled(catalogue))
    monkeypatch.setenv("LANGUAGE", "fr_FR.UTF-8")
    assert opened(tmp_path).text("the disk is full") == "le disque est plein"
    monkeypatch.setenv("LANGUAGE", "de")
    assert opened(tmp_path).text("the disk is full") == "the disk is full"


@pytest.mark.parametrize(
    ("chosen", "english"),
    [
        ({}, True),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "en_GB.UTF-8"}, True),
        ({"LANGUAGE": "", "LANG": "fr_FR.UTF-8"}, False),
        ({"LANGUAGE": "en", "LANG": "fr_FR.UTF-8"}, True),
        ({"LANGUAGE": "en:fr"}, False),
        ({"LC_ALL": "POSIX", "LANG": "fr"}, True),
    ],
)
def test_no_catalogue_is_looked_for_where_english_is_spoken(
    chosen: dict[str, str], english: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, language in chosen.items():
        monkeypatch.setenv(name, language)
    looked_for: list[str] = []
    monkeypatch.setattr(gettext, "translation", lambda domain, *_, **__: looked_for.append(domain))
    opened(tmp_path)
    assert (looked_for == []) == english


def test_a_file_that_is_no_catalogue_is_told_and_english_is_spoken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "fr/LC_MESSAGES" / f"{DOMAIN}.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no catalogue at all, but long enough for a header")
    monkeypatch.setenv("LANGUAGE", "fr")
    assert opened(tmp_path).text("the disk is full") == "the disk is full"
    assert f"the translation in {tmp_path} cannot be read" in caplog.text


def test_the_catalogue_lies_in_the_package() -> None:
    assert (FOLDER / f"{DOMAIN}.pot").is_file()
