"""What is said to a person, in the language of the process: the gettext catalogue "lamppost".

English stands in the source. The language is chosen once, at the start, by the environment (LANGUAGE, LC_ALL,
LC_MESSAGES, LANG); the catalogue is sought in TEXTDOMAINDIR, or in `locale` beside this file.
A translation that cannot be filled as the English can (a placeholder that nobody gives) is passed over.
"""

import gettext
import logging
import os
import re
from pathlib import Path
from string import Formatter

DOMAIN = "lamppost"
FOLDER = Path(os.environ.get("TEXTDOMAINDIR") or Path(__file__).with_name("locale"))

_CONVERSION = re.compile(r"%(?:\(\w+\))?[-#0 +]*[\d*]*(?:\.[\d*]+)?[a-zA-Z%]")


def _opened() -> gettext.NullTranslations:
    """That of the language; the English where there is none, or it cannot be read."""
    try:
        return gettext.translation(DOMAIN, FOLDER, fallback=True)
    except (OSError, ValueError) as error:
        logging.getLogger(__name__).warning("the translation in %s cannot be read: %s", FOLDER, error)
        return gettext.NullTranslations()


_catalogue = _opened()


def _(message: str) -> str:
    """In the language of the process; `message` may have placeholders for `str.format`."""
    translation = _catalogue.gettext(message)
    return translation if _takes_what(message, translation) else message


def ngettext(one: str, many: str, count: int) -> str:
    """The form that `count` takes in the language of the process."""
    translation = _catalogue.ngettext(one, many, count)
    return translation if _takes_what(many, translation) else one if count == 1 else many


def N_(message: str) -> str:
    """Marks what the catalogue must have and `_` is given later: a text that also stands elsewhere in English."""
    return message


class TranslatedLog(logging.Filter):
    """Of a handler: the template of each record is looked up before its values are put in."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str):
            translation = _catalogue.gettext(record.msg)
            if _conversions(translation) == _conversions(record.msg):
                record.msg = translation
        return True


def _takes_what(message: str, translation: str) -> bool:
    """Whether `translation` can be filled with what fills `message`."""
    if translation is message:
        return True
    if re.search(r"%[%(]", message) and _conversions(message) != _conversions(translation):
        return False
    known, found = _placeholders(message), _placeholders(translation)
    return known is None or (found is not None and found <= known)


def _placeholders(text: str) -> set[tuple[str | None, ...]] | None:
    """Name, format and conversion of each; None: it is no template."""
    try:
        return {tuple(each) for _literal, *each in Formatter().parse(text) if each[0] is not None}
    except ValueError:
        return None


def _conversions(template: str) -> list[str]:
    return _CONVERSION.findall(template)
