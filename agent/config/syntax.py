"""Bytes of a file -> TOML values with their lines, or every syntax error in a technician's words."""

import errno
import hashlib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from agent.calendars import meant_day
from agent.config import meant, slips
from agent.config.positions import KeyPath, earlier, index
from agent.config.problems import ConfigError, Problem, without_secrets
from drivers.files import read_regular, refuse_shared
from drivers.translation import _

LARGEST_BYTES = 1024 * 1024
LONGEST_LINE = 2048
"""Characters of a line of the file: what it costs to read one grows with the square of its length."""

_UNREAD = "table-that-cannot-be-read-"
"""What a table is called whose name is no TOML, with the number of its line: nothing below it is judged."""

LONGEST_MENDED = 512
"""Characters of a line in which it is looked for what was meant."""

_MOST_ERRORS = 20

_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_PAIR = re.compile(r"^\s*(?P<key>[\w\"'][^=\[{#]*?)\s*=\s*(?P<value>.*?)\s*$")
_GIVEN_TWICE = re.compile("twice|overwrite|Duplicate|Cannot (mutate|redefine)")
_DAY = re.compile(r"(?<![\w./-])(?:\d{1,2}([./-])\d{1,2}\1\d{4}|\d{4}([./-])\d{1,2}\2\d{1,2})(?=[T\s,\]}#]|$)")
_NAMED = re.compile(r"""\(|["'].{2,}["']""", re.DOTALL)
_CURLY_QUOTES = "\u201c\u201d\u201e\u00ab\u2018\u2019"
_COMMENT = re.compile(r"\s*#.*$")
_TEXT = re.compile(r"""\"(?:[^\"\\]|\\.)*(?:\"|$)|'[^']*(?:'|$)""")
_NEXT_KEY = re.compile(r"[;,\s]\s*[A-Za-z_][\w-]*\s*=")
_NO_COMMA = re.compile(
    r"""(?:"[^"]*"|(?<![\w"])\d[\w.:-]*|[\]}])[ \t]+("[^"]*"|\d[\w.:-]*|[\[{]|[A-Za-z_]\w*(?=\s*=))"""
)
"""Two values, or a value and the next key, with nothing but blanks between them."""


class Document(Struct, frozen=True):
    """A file that could be read.

    Args:
        values: what `tomllib` makes of it, without the lines that are no TOML.
        lines: line of each key path.
        errors: of syntax.
        is_whole: every line is in `values`: what was wrong with the others was plain, and they are read as meant.
        sha256: of the bytes of the file, as sha256sum(1) prints it; "": others may change it.
    """

    values: dict[str, Any]
    lines: dict[KeyPath, int]
    errors: tuple[Problem, ...] = ()
    is_whole: bool = True
    sha256: str = ""

    def keys_on(self, line: int) -> set[KeyPath]:
        """The paths of the keys on a line; of a table in braces those that it holds."""
        found = {path for path, at in self.lines.items() if at == line}
        return found - {path[:end] for path in found for end in range(1, len(path))}


def read(file: Path, *, quoted: bool = True) -> Document:
    """Raises ConfigError with one clear line when the file is missing, not a file, unreadable, too large or not UTF-8,
    and with every syntax error when it can not be made sense of. A file that others may change is an error too.

    Args:
        quoted: an error of syntax shows its line; False where the file may be anything, a password too.
    """
    content = _bytes(file)
    return _seen(file, content, parse(file, _text(file, content), quoted=quoted))


def read_as_far_as_it_goes(file: Path) -> Document:
    """The same; one that can not be made sense of has errors, and no values.

    Raises ConfigError: its bytes cannot be had.
    """
    content = _bytes(file)
    try:
        document = parse(file, _text(file, content))
    except ConfigError as error:
        document = Document({}, {}, error.problems, is_whole=False)
    return _seen(file, content, document)


def _seen(file: Path, content: bytes, document: Document) -> Document:
    shared = _shared(file)
    digest = "" if shared else hashlib.sha256(content).hexdigest()
    return structs.replace(document, errors=(*shared, *document.errors), sha256=digest)


def _shared(file: Path) -> tuple[Problem, ...]:
    """Returns what is wrong with a file that others may write: it decides where passwords go, and whom we ask."""
    try:
        refuse_shared(file)
    except OSError as error:
        return (Problem(0, 0, str(error.strerror)),)
    return ()


def lines(file: Path) -> list[str]:
    """Returns the lines of a file that may be no TOML; none where it cannot be read; the first of one too large."""
    try:
        return read_regular(file, LARGEST_BYTES, cut=True).decode("utf-8", errors="replace").splitlines()
    except OSError:
        return []


def parse(file: Path, text: str, *, quoted: bool = True) -> Document:
    """Goes on after a line that is wrong in itself, so that a technician sees all wrong lines in one run."""
    lines = text.replace("\r\n", "\n").split("\n")
    _refuse_long(file, lines)
    errors: list[Problem] = []
    unread: set[int] = set()
    while len(errors) < _MOST_ERRORS:
        whole = "\n".join(lines)
        try:
            values, places = tomllib.loads(whole), index(whole)
            _take_out(values, [path for path, line in places.items() if line in unread])
            return _without_unread(Document(values, places, tuple(errors), not unread))
        except RecursionError:
            raise _unusable(file, _("values are nested too deeply")) from None
        except ValueError as error:
            number, column, what = _position(str(error), lines)
        if number in unread:
            lines[number - 1] = ""
            continue
        better, wrong = _mended(lines, number)
        said = _sentence(lines, number, column, what, wrong) if quoted else _without_names(what)
        errors.append(Problem(number, column, said))
        if better is None:
            better = _unread(lines, number)
            unread.add(number)
        if better is None:
            break
        lines[number - 1] = better
    raise ConfigError.of(file, errors)


def _refuse_long(file: Path, lines: list[str]) -> None:
    """Raises ConfigError."""
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            what = _("a line of {count} characters, where {most} are the most: a list may go on below")
            raise _unusable(file, what.format(count=len(line), most=LONGEST_LINE), number)


def _unread(lines: list[str], number: int) -> str | None:
    """What stands for a line that is wrong in itself, and is taken out again; None: it is not this line that is wrong.

    A key has a place all the same. What is below the name of a table that cannot be read belongs to none.
    """
    line = lines[number - 1]
    if _wrong_in_itself(line):
        return f"{line.partition('=')[0]}= 0"
    if line.lstrip().startswith("[") and not _is_open(lines[: number - 1]):
        return f"[{_UNREAD}{number}]"
    return None


def _without_unread(document: Document) -> Document:
    values = {key: value for key, value in document.values.items() if not key.startswith(_UNREAD)}
    lines = {path: line for path, line in document.lines.items() if not str(path[0]).startswith(_UNREAD)}
    return structs.replace(document, values=values, lines=lines)


def _take_out(values: dict[str, Any], paths: Iterable[KeyPath]) -> None:
    for path in paths:
        home: Any = values
        for key in path[:-1]:
            home = home[key]
        if isinstance(home, dict) and home.get(path[-1]) == 0:
            del home[path[-1]]


def _mended(lines: list[str], number: int) -> tuple[str | None, list[str]]:
    """The line as it was meant, and what was wrong with it; None where that is no better."""
    line = lines[number - 1]
    if len(line) > LONGEST_MENDED:
        return None, []
    if day := _no_day(line):
        return None, [_('"{text}" is no day of the calendar').format(text=day)]
    better, wrong = slips.mended(line, inside_brackets=_is_open(lines[: number - 1]))
    if not wrong:
        return None, []
    try:
        tomllib.loads("\n".join([*lines[: number - 1], better, *lines[number:]]))
    except RecursionError:
        return None, []
    except ValueError as error:
        if _position(str(error), lines)[0] <= number:
            return None, wrong if _wrong_in_itself(line) else []
    return better, wrong


def _no_day(line: str) -> str:
    """Returns the first day of the line, outside text and comment, that no calendar has; "": there is none."""
    days = (found[0] for found in _DAY.finditer(_COMMENT.sub("", _TEXT.sub('""', line))))
    return next((day for day in days if meant_day(day) is None), "")


def _is_open(lines: list[str]) -> bool:
    """Whether a list or a text that begins in these lines has not ended."""
    try:
        tomllib.loads("\n".join(lines))
    except ValueError:
        return True
    return False


def _unusable(file: Path, what: str, line: int = 0) -> ConfigError:
    return ConfigError.of(file, [Problem(line, 0, what)])


def _bytes(file: Path) -> bytes:
    try:
        return read_regular(file, LARGEST_BYTES)
    except FileNotFoundError:
        raise _unusable(file, _("there is no such file")) from None
    except IsADirectoryError:
        raise _unusable(file, _("is a directory; expected a TOML file")) from None
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise _unusable(file, _("is larger than 1 MiB")) from None
        raise _unusable(file, _("cannot be read: {reason}").format(reason=error.strerror)) from error


def _text(file: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = _("is not UTF-8 (byte 0x{byte:02X}); save the file as UTF-8 in the editor").format(
            byte=content[error.start]
        )
        raise _unusable(file, what, line) from None


def _position(message: str, lines: list[str]) -> tuple[int, int, str]:
    """`tomllib` says where only in its message: (line, column, what), both from 1."""
    where = _WHERE.search(message)
    what = message[: where.start()] if where else message
    if where and where[1]:
        return int(where[1]), int(where[2]), what
    last = max((number for number, line in enumerate(lines, 1) if line.strip()), default=1)
    return last, len(lines[last - 1]) + 1, what


def _without_names(what: str) -> str:
    """What is wrong by `tomllib`, which names keys in some of its messages."""
    if _NAMED.search(what):
        return _("is not TOML")
    return _("is not TOML: {reason}").format(reason=what)


def _sentence(lines: list[str], number: int, column: int, what: str, wrong: list[str]) -> str:
    line = lines[number - 1]
    shown = without_secrets(line.strip())[:120]
    if wrong and without_secrets(line) == line:
        reason = "; ".join(wrong)
    elif _wrong_in_itself(line):
        reason = _hint(shown)
    elif _GIVEN_TWICE.search(what):
        reason = _given_twice("\n".join([*lines[: number - 1], line[: column - 1]]))
    else:
        reason = f"{what}; {_hint_above(lines, number)}"
    return _("`{text}` is not TOML: {reason}").format(text=shown, reason=reason)


def _wrong_in_itself(line: str) -> bool:
    """Whether `line` is a `key = value` that is no TOML on its own, so that the rest can be read without it."""
    if not _PAIR.match(line):
        return False
    try:
        tomllib.loads(line)
    except ValueError:
        return True
    return False


def _given_twice(text: str) -> str:
    try:
        line = earlier(text)
    except ValueError:
        line = None
    where = _("on line {line}").format(line=line) if line else _("further up")
    return _("this name was given {where} already; keep one of the two").format(where=where)


def _hint_above(lines: list[str], number: int) -> str:
    """The parser stumbled on this line; what it stumbled over may begin further up."""
    for above in range(number - 1, 0, -1):
        if _PAIR.match(lines[above - 1]):
            if _wrong_in_itself(lines[above - 1]):
                return _("what begins on line {line} is not closed").format(line=above)
            break
    return _("expected [table] or key = value")


def _hint(line: str) -> str:
    """What a technician probably meant by a `key = value` that is no TOML."""
    pair = _PAIR.match(line)
    value = _COMMENT.sub("", pair["value"]).strip() if pair else ""
    if not value:
        return _("the value is missing after =")
    if re.fullmatch(r"[+-]?0\d+", value):
        return _("numbers take no leading zero: {value}").format(value=int(value))
    if value[0] not in "[{" and _NEXT_KEY.search(_TEXT.sub("", value)):
        return _("each key stands on a line of its own")
    if number := meant.meant_number(value, pair["key"] if pair else ""):
        alone = _("write the number alone, without a unit")
        return _("write the number alone: {right}").format(right=number.text) if number.text else alone
    if meant.is_nothing(value):
        return _("where there is no value, leave the line out")
    return _hint_for_text(value)


def _hint_for_text(value: str) -> str:
    if value[0] in _CURLY_QUOTES:
        return _('quotes must be straight ones: "..."')
    if value[0] in "[{":
        return _hint_for_brackets(value)
    if value[0] not in "\"'":
        return _('text and durations stand in quotes: "{value}"').format(value=value)
    if "\\" in value:
        return _(r"a backslash in text is written \\, or the text stands in single quotes")
    return _('text stands between two quotes of the same kind: "..."')


def _hint_for_brackets(value: str) -> str:
    if apart := _NO_COMMA.search(value):
        return _("a comma is missing before {what}").format(what=apart[1])
    if "{" in value:
        return _("a table in braces has commas between its keys, and all of it stands on one line")
    return _("a list stands between [ and ], with commas and points: [10, 2.5]")
