"""What is said to a person, in the language of the process: the gettext catalogue "lamppost".

English stands in the source. The language is chosen once, at the start, by the environment (LANGUAGE, LC_ALL,
LC_MESSAGES, LANG); the catalogue is sought in TEXTDOMAINDIR, or in `locale` beside this file.
"""

import gettext
import logging
import os
import re
from pathlib import Path
from string import Formatter
from typing import TypeVar

DOMAIN = "lamppost"
FOLDER = Path(os.environ.get("TEXTDOMAINDIR") or Path(__file__).with_name("locale"))

log = logging.getLogger(__name__)

Text = TypeVar("Text", bound=str)

_CHOSEN_BY = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""The first of them that is set counts, as gettext(1) says."""

_ENGLISH = re.compile(r"(C|POSIX|en)(?![a-z]).*")

_CONVERSION = re.compile(r"%(?:\(\w+\))?[-#0 +]*[\d*]*(?:\.[\d*]+)?[a-zA-Z%]")


class Translation:
    """One language. A translation that cannot be filled as the English can is passed over, so that it breaks nothing.

    Args:
        catalogue: what the translator wrote; None: it is English.
    """

    def __init__(self, catalogue: "gettext.NullTranslations | None" = None) -> None:
        self._catalogue = catalogue

    def text(self, message: str) -> str:
        """Translates a message that is used as it is, or with `str.format`."""
        return message if self._catalogue is None else _safe(self._catalogue.gettext(message), message)

    def plural(self, one: str, many: str, count: int) -> str:
        """The form that `count` takes."""
        english = one if count == 1 else many
        if self._catalogue is None:
            return english
        return _safe(self._catalogue.ngettext(one, many, count), english, many)

    def template(self, message: str) -> str:
        """Translates the template of a log line, for the operator `%`."""
        if self._catalogue is None:
            return message
        found = self._catalogue.gettext(message)
        return found if _conversions(found) == _conversions(message) else message


class TranslatedLog(logging.Filter):
    """A filter of a log handler: it looks the template of each record up before its values are put in."""

    def __init__(self, translation: Translation | None = None) -> None:
        super().__init__()
        self._translation = translation or _OF_THE_PROCESS

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str):
            record.msg = self._translation.template(record.msg)
        return True


def N_(message: Text) -> Text:
    """Marks a text for the catalogue that stays English where it stands, and is given to `_` where a person is told."""
    return message


def _safe(found: str, english: str, fullest: str = "") -> str:
    """What was found, if all that it wants to be filled with is there: all that `fullest`, or the English, is given."""
    if found == english:
        return english
    known, wanted = _placeholders(fullest or english), _placeholders(found)
    right = known is None or (wanted is not None and wanted <= known)
    if re.search(r"%[%(]", english):  # argparse fills its help by `%`
        right = right and _conversions(found) == _conversions(english)
    return found if right else english


def _placeholders(text: str) -> set[tuple[str | None, ...]] | None:
    """Name, format and conversion of each; None: it is not for `str.format`."""
    try:
        return {tuple(each) for _literal, *each in Formatter().parse(text) if each[0] is not None}
    except ValueError:
        return None


def _conversions(template: str) -> list[str]:
    return _CONVERSION.findall(template)


def opened(folder: Path) -> Translation:
    """Returns the translation of the environment's language; English where there is none, and where it is broken,
    which the log tells."""
    if _is_english():
        return Translation()
    try:
        return Translation(gettext.translation(DOMAIN, folder, fallback=True))
    except (OSError, ValueError) as error:
        log.warning("the translation in %s cannot be read: %s", folder, error)
        return Translation()


def _is_english() -> bool:
    languages = next(filter(None, map(os.environ.get, _CHOSEN_BY)), "C").split(":")
    return all(map(_ENGLISH.fullmatch, filter(None, languages)))


_OF_THE_PROCESS = opened(FOLDER)
_ = _OF_THE_PROCESS.text
ngettext = _OF_THE_PROCESS.plural
