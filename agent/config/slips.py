"""Slips of the pen in a line of TOML, mended so that the rest can be read: `50,5`, `50%`, `31/12/2027`, `;`."""

import re
import unicodedata
from collections.abc import Callable

from agent.calendars import meant_day
from drivers.translation import _

_TEXT_OR_COMMENT = re.compile(r"""("(?:[^"\\]|\\.)*"|'[^']*'|#.*$)""")
_ORDINARY = " \t\n\r"

_DECIMAL_COMMA = re.compile(r"(?<==)(\s*[+-]?\d+),(\d+)(?!\d|\s*=)")
_PERCENT = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*%")
_DATE = re.compile(r"(?<![\w./-])\d{1,2}[./-]\d{1,2}[./-]\d{4}(?![\w./-])")
_SEMICOLON = re.compile(r"\s*;\s*$")
_CURLY = re.compile(
    '[\u201c\u201d\u201e\u00ab\u2018]\\s*([^\u201c\u201d\u00bb\u2019"]*?)\\s*[\u201c\u201d\u00bb\u2019]'
)
_BARE = re.compile(
    r"(?<==)\s*(?!(?:true|false|inf|nan)\b)([A-Za-z][\w.-]*|\d+(?:[:.]\d+)*[A-Za-z:][\w:]*)(?=\s*(?:[,}\]]|$))"
)


def _date(found: re.Match[str]) -> str:
    return meant_day(found[0]) or found[0]


_Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str], str]
"""What is wrong, what it is replaced by, and the words for it."""

_ALWAYS: tuple[_Rule, ...] = (
    (_CURLY, lambda found: f'"{found[1]}"', _('quotes must be straight ones: "..."')),
    (_DATE, _date, _("a date is written with the year first: {right}")),
    (_DECIMAL_COMMA, lambda found: f"{found[1]}.{found[2]}", _("decimals take a point: {right}")),
    (_PERCENT, lambda found: found[1], _("write the number alone: {right}")),
)
_AT_END: _Rule = (_SEMICOLON, lambda _found: "", _("leave the ; away: a line needs no sign at its end"))
_UNQUOTED: _Rule = (_BARE, lambda found: f' "{found[1]}"', _("text and durations stand in quotes: {right}"))


def mended(line: str, inside_brackets: bool) -> tuple[str, list[str]]:
    """The line as it was probably meant, and what was wrong with it, in words; texts and comments stay as they are.

    Args:
        inside_brackets: the line is a part of a list or a table in braces that spans several.
    """
    parts, said = _TEXT_OR_COMMENT.split(line), list[str]()
    for at in range(0, len(parts), 2):
        last = not "".join(parts[at + 1 :]).strip() or parts[at + 1].startswith("#")
        parts[at] = _part(parts[at], last, inside_brackets, said)
    return "".join(parts), list(dict.fromkeys(said))


def odd_characters(text: str) -> list[str]:
    """The blanks and invisible characters in a text that are no ordinary ones, each by its name."""
    return [_character(each) for each in dict.fromkeys(text) if _is_odd(each)]


def _part(text: str, last: bool, inside_brackets: bool, said: list[str]) -> str:
    for odd in odd_characters(text):
        said.append(_("it holds a {character}; put an ordinary space there").format(character=odd))
    text = "".join(" " if _is_odd(each) else each for each in text)
    rules = [*_ALWAYS, *([_AT_END] if last else []), *([_UNQUOTED] if inside_brackets else [])]
    for pattern, right, words in rules:
        for found in pattern.finditer(text):
            if (better := right(found)) != found[0]:
                said.append(words.format(right=better.strip()))
        text = pattern.sub(right, text)
    return text


def _is_odd(character: str) -> bool:
    return (
        character not in _ORDINARY and unicodedata.category(character) in ("Zs", "Cf", "Zl", "Zp") and character != " "
    )


def _character(character: str) -> str:
    return f"{unicodedata.name(character, 'character').lower()} (U+{ord(character):04X})"
