"""Slips of the pen in a line of TOML, mended so that the rest can be read: `50,5`, `50%`, `31/12/2027`, `oui`, `;`."""

import re
import unicodedata
from collections.abc import Callable

from agent.calendars import meant_day
from agent.config.meant import meant_number, meant_switch
from agent.config.units import unit_of
from drivers.translation import _

_COMMAS = _("a list stands between [ and ], with commas and points: [10, 2.5]")
_EQUALS = _("between a key and its value stands =")
_TEXT_OR_COMMENT = re.compile(r"""("(?:[^"\\]|\\.)*"|'[^']*'|#.*$)""")
_ORDINARY = " \t\n\r"
_SIGNS = {"\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-"}

_VALUE = r"(?:^|(?<=[=\[{,]))(\s*)"
"""A value begins behind =, in a list, or on a line of a list."""

_ENDS = r"(?=\s*(?:[,}\]]|$))"

_DECIMAL_COMMA = re.compile(r"(?<==)(\s*[+-]?\d+),(\d+)(?!\d|\s*=)")
_WITH_UNIT = re.compile(
    _VALUE
    + r"([+-]?\d+(?:\.\d+)?\s*(?:%|\u00b0\s*[CFKNSEO]?|\u20ac|[NEO]|[kmMG]?(?:Wh?|Hz|V|VA|A|o|B)"
    + r"|bps|bauds?|lux|lx|px|cm|mm))"
    + _ENDS
)
_WITH_WORD = re.compile(_VALUE + r"([+-]?\d+(?:\.\d+)?\s*[^\W\d_]{1,6})" + _ENDS)
_DATE = re.compile(
    r"(?<![\w./-])(?:\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{1,2}/\d{1,2}/\d{2}|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?![\w./-])"
)
_EUI = re.compile(_VALUE + r"([0-9A-Fa-f]{2}(?:[ -]?[0-9A-Fa-f]{2}){7})" + _ENDS)
"""An identifier of a device without quotes: digits, with blanks or dashes between the bytes."""

_THOUSANDS = re.compile(_VALUE + r"([+-]?\d{1,3}(?: \d{3})+)" + _ENDS)
_HALF_DECIMAL = re.compile(_VALUE + r"([+-]?(?:\.\d+|\d+\.))" + _ENDS)
_LEADING_ZERO = re.compile(_VALUE + r"([+-]?0+\d+(?:\.\d+)?)" + _ENDS)
_SWITCH = re.compile(_VALUE + r"(?!(?:true|false)\b)([A-Za-z]{2,8})" + _ENDS)
_SEMICOLON = re.compile(r"\s*;\s*$")
_LIST = re.compile(r"\[[^\[\]]*;[^\[\]]*\]")
_CURLY = re.compile(
    '[\u201c\u201d\u201e\u00ab\u2018]\\s*([^\u201c\u201d\u00bb\u2019"]*?)\\s*[\u201c\u201d\u00bb\u2019]'
)
_BARE = re.compile(
    _VALUE
    + r"(?!(?:true|false|inf|nan|null|nil|0[xob][0-9A-Fa-f_]+|\d+(?:\.\d+)?[eE][+-]?\d+|\d\d:\d\d:\d\d)\b)"
    + r"([A-Za-z][\w.+-]*://[^\s,\]}]+|/[\w./-]+|[^\W\d_][\w.-]*|\d+(?:\.\d+){2,}"
    + r"|\d+(?:[:.]\d+)*\s?[A-Za-z:][\w:]*)"
    + _ENDS
)
"""A word, path, URL, address, time or duration without quotes, and nothing that TOML has so."""

_COLON = re.compile(r"^(\s*[\w-]+)\s*:(?=\s)|(?<=[{,])(\s*[A-Za-z_][\w-]*)\s*:(?=\s)")
_NO_EQUALS = re.compile(r"^(\s*[A-Za-z_][\w-]*)\s+(?=[\"'\d\[{+-]|(?:true|false)\b)")
_OF_JSON = re.compile(r"^\s*:(?=\s|$)")
_OF_LIST = re.compile(r"^\s*;(?=\s*$)")
_INI_COMMENT = re.compile(r"^\s*;")
_FOREIGN_COMMENT = re.compile(r"(?:^|(?<=\s))//")

_KEY_BEFORE = re.compile(r"([A-Za-z_][\w-]*)\s*=[^=]*$")

_HEADER = re.compile(r"^\s*\[(?!\[)\s*([^\[\]=\"'#]*?)\s*(\]?)\s*(#.*)?$")
_KEY = re.compile(r"[A-Za-z0-9_-]+")

_Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str], str]
"""What is wrong, what it is replaced by, and the words for it."""


def _date(found: re.Match[str]) -> str:
    return meant_day(found[0]) or found[0]


def _number(found: re.Match[str]) -> str:
    number = meant_number(found[2], _key_of(found))
    return found[0] if number is None or number.text is None else found[1] + number.text


def _number_of_key(found: re.Match[str]) -> str:
    return _number(found) if unit_of(_key_of(found)) else found[0]


def _identifier(found: re.Match[str]) -> str:
    return f'{found[1]}"{found[2]}"' if _key_of(found).endswith("eui") else found[0]


def _key_of(found: re.Match[str]) -> str:
    """Returns the key before a value; "": it stands in a list."""
    key = _KEY_BEFORE.search(found.string[: found.start(2)])
    return key[1] if key else ""


def _switch(found: re.Match[str]) -> str:
    switch = meant_switch(found[2])
    return found[0] if switch is None else found[1] + switch


def _commas(found: re.Match[str]) -> str:
    return re.sub(r"(\d),(?=\d)", r"\1.", found[0]).replace(";", ",")


_BEFORE: tuple[_Rule, ...] = (
    (_CURLY, lambda found: f'"{found[1]}"', _('quotes must be straight ones: "..."')),
    (_COLON, lambda found: f"{found[1] or found[2]} =", _EQUALS),
    (_EUI, _identifier, _("text and durations stand in quotes: {right}")),
    (_DATE, _date, _("a date is written year-month-day: {right}")),
    (_DECIMAL_COMMA, lambda found: f"{found[1]}.{found[2]}", _("decimals take a point: {right}")),
    (_LIST, _commas, _COMMAS),
    (_THOUSANDS, _number, _("a number takes no blanks: {right}")),
    (_WITH_UNIT, _number, _("write the number alone: {right}")),
    (_WITH_WORD, _number_of_key, _("write the number alone: {right}")),
    (_HALF_DECIMAL, _number, _("a point stands between digits: {right}")),
    (_LEADING_ZERO, _number, _("numbers take no leading zero: {right}")),
)
_AT_END: _Rule = (_SEMICOLON, lambda _found: "", _("leave the ; away: a line needs no sign at its end"))
_WORDS: tuple[_Rule, ...] = (
    (_SWITCH, _switch, _("expected true or false, in lower case and without quotes")),
    (_BARE, lambda found: f'{found[1]}"{found[2]}"', _("text and durations stand in quotes: {right}")),
)


def mended(line: str, inside_brackets: bool) -> tuple[str, list[str]]:
    """The line as it was probably meant, and what was wrong with it, in words; texts and comments stay as they are.

    Args:
        inside_brackets: the line is a part of a list or a table in braces that spans several.
    """
    said: list[str] = []
    line = _with_hash(line, said)
    if not inside_brackets and (header := _HEADER.match(line)):
        return _header(line, header, said)
    parts = _TEXT_OR_COMMENT.split(line)
    if not inside_brackets and "=" not in "".join(parts[::2]) and _NO_EQUALS.match(line):
        parts = _TEXT_OR_COMMENT.split(_NO_EQUALS.sub(r"\1 = ", line))
        said.append(_EQUALS)
    for at in range(0, len(parts), 2):
        last = not "".join(parts[at + 1 :]).strip() or parts[at + 1].startswith("#")
        if at and not last and _OF_LIST.match(parts[at]):
            parts[at] = parts[at].replace(";", ",", 1)
            said.append(_COMMAS)
        if at and _OF_JSON.match(parts[at]):
            parts[at] = parts[at].replace(":", " =", 1)
            said.append(_EQUALS)
        is_value = bool(at) or inside_brackets or "=" in parts[at] or ":" in parts[at]
        parts[at] = _part(parts[at], _rules(is_value, last), said)
    return "".join(parts), list(dict.fromkeys(said))


def odd_characters(text: str) -> list[str]:
    """The blanks and invisible characters in a text that are no ordinary ones, each by its name."""
    return [_character(each) for each in dict.fromkeys(text) if _is_odd(each)]


def _rules(is_value: bool, last: bool) -> tuple[_Rule, ...]:
    return _BEFORE + ((_AT_END,) if last else ()) + (_WORDS if is_value else ())


def _with_hash(line: str, said: list[str]) -> str:
    """A comment as other languages have it becomes one of TOML."""
    if _INI_COMMENT.match(line):
        said.append(_("a comment begins with #"))
        return line.replace(";", "#", 1)
    at = 0
    for number, part in enumerate(_TEXT_OR_COMMENT.split(line)):
        if number % 2 == 0 and (comment := _FOREIGN_COMMENT.search(part)):
            said.append(_("a comment begins with #"))
            return line[: at + comment.start()] + "#" + line[at + comment.end() :]
        at += len(part)
    return line


def _header(line: str, header: re.Match[str], said: list[str]) -> tuple[str, list[str]]:
    """A table's name that lacks its bracket, or has a character that none may have."""
    given = [each.strip() for each in header[1].split(".")]
    names = [each if _KEY.fullmatch(each) else _as_name(each) for each in given]
    right = f"[{'.'.join(names)}]"
    if not all(names) or (names == given and header[2]):
        return line, said
    if names == given:
        said.append(_("the name of a table ends with ]: {right}").format(right=right))
    else:
        said.append(_("a name is made of a-z, 0-9, - and _: {right}").format(right=right))
    return right + (f" {header[3]}" if header[3] else ""), said


def _as_name(text: str) -> str:
    """ "Place n\u00b0 1" -> "place-n-1"."""
    plain = (each for each in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(each))
    return re.sub(r"[^a-z0-9_-]+", "-", "".join(plain)).strip("-_")


def _part(text: str, rules: tuple[_Rule, ...], said: list[str]) -> str:
    text = _in_ordinary_characters(text, said)
    for pattern, right, words in rules:
        for found in pattern.finditer(text):
            if (better := right(found)) != found[0]:
                said.append(words.format(right=better.strip()))
        text = pattern.sub(right, text)
    return text


def _in_ordinary_characters(text: str, said: list[str]) -> str:
    for odd in dict.fromkeys(text):
        instead = _ordinary(odd)
        if instead == odd:
            continue
        words = _("it holds a {character}; write {right} there") if instead.strip() else _SPACES[bool(instead)]
        said.append(words.format(character=_character(odd), right=instead))
        text = text.replace(odd, instead)
    return text


_SPACES = {
    True: _("it holds a {character}; put an ordinary space there"),
    False: _("it holds a {character}; take it out"),
}
"""The words for a character in whose place a space stands, or nothing."""


def _ordinary(character: str) -> str:
    """What a character is typed for."""
    if _is_odd(character):
        return "" if unicodedata.category(character) == "Cf" else " "
    wide = "\uff01" <= character <= "\uff5e"
    return unicodedata.normalize("NFKC", character) if wide else _SIGNS.get(character, character)


def _is_odd(character: str) -> bool:
    return (
        character not in _ORDINARY and unicodedata.category(character) in ("Zs", "Cf", "Zl", "Zp") and character != " "
    )


def _character(character: str) -> str:
    return f"{unicodedata.name(character, 'character').lower()} (U+{ord(character):04X})"
