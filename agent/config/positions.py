"""The line of a TOML text on which each key stands, which `tomllib` does not tell.

Follows TOML v1.0.0. The text must be one that `tomllib` has accepted: nothing is validated twice.
"""

import re
import tomllib
from bisect import bisect_left

from drivers.translation import _

KeyPath = tuple[str | int, ...]
"""Keys from the top of the document down; an element of an array is its index from 0."""

_SPACE = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
# The closing delimiter of a multi-line string may follow up to two quotes that belong to the string.
_ATOM = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|[^,\]}#\n]+",
    re.DOTALL,
)


def index(text: str) -> dict[KeyPath, int]:
    """Line (from 1) of every table, key and array element, the implied ones included.

    A table stands at its own header; one that has none stands where it is first mentioned.
    Raises RecursionError for values nested deeper than the interpreter's stack, as `tomllib` does.
    """
    return _Scanner(text.replace("\r\n", "\n")).scan()


def earlier(text: str) -> int | None:
    """Line on which the name that the last statement of `text` gives to a table or key was given before.

    Raises ValueError where the text is not TOML up to its end.
    """
    scanner = _Scanner(text)
    scanner.scan()
    return scanner.earlier


class _Scanner:
    """One walk over the text; `at` is the offset of the next character to read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.table: KeyPath = ()
        self.lines: dict[KeyPath, int] = {}
        self.earlier: int | None = None
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._last_element: dict[KeyPath, int] = {}

    def scan(self) -> dict[KeyPath, int]:
        self._skip(_SPACE)
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                self._header()
            else:
                self._pair(self.table)
            self._skip(_SPACE)
        return self.lines

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(_("not TOML on line {line}").format(line=self._line()))
        self.at = match.end()
        return match.group()

    def _line(self) -> int:
        return bisect_left(self._newlines, self.at) + 1

    def _mark(self, path: KeyPath, line: int) -> None:
        for length in range(1, len(path)):
            self.lines.setdefault(path[:length], line)
        self.lines[path] = line

    def _header(self) -> None:
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        line = self._line()
        self.at += brackets
        parts = self._key()
        self._skip(_BLANK)
        self.at += brackets
        if brackets == 2:
            self.table = self._next_element(parts, line)
        else:
            self.table = self._resolved(parts)
        self.earlier = self.lines.get(self.table)
        self._mark(self.table, line)

    def _next_element(self, parts: KeyPath, line: int) -> KeyPath:
        array = (*self._resolved(parts[:-1]), parts[-1])
        self.lines.setdefault(array, line)
        self._last_element[array] = self._last_element.get(array, -1) + 1
        return (*array, self._last_element[array])

    def _resolved(self, parts: KeyPath) -> KeyPath:
        """A name of an array of tables in a header means the last element written so far."""
        path: KeyPath = ()
        for part in parts:
            path = (*path, part)
            if path in self._last_element:
                path = (*path, self._last_element[path])
        return path

    def _key(self) -> KeyPath:
        self._skip(_BLANK)
        parts = [_plain(self._skip(_PART))]
        while _DOT.match(self.text, self.at):
            self._skip(_DOT)
            parts.append(_plain(self._skip(_PART)))
        return tuple(parts)

    def _pair(self, table: KeyPath) -> None:
        line = self._line()
        path = (*table, *self._key())
        before = self.lines.get(path)
        self._mark(path, line)
        self._skip(_BLANK)
        self.at += len("=")
        self._skip(_BLANK)
        self._value(path)
        self.earlier = before

    def _value(self, path: KeyPath) -> None:
        if self.text.startswith("[", self.at):
            self._array(path)
        elif self.text.startswith("{", self.at):
            self._inline_table(path)
        else:
            self._skip(_ATOM)

    def _array(self, path: KeyPath) -> None:
        self.at += len("[")
        self._skip(_SPACE)
        element = 0
        while not self.text.startswith("]", self.at):
            self.lines[(*path, element)] = self._line()
            self._value((*path, element))
            self._skip(_SPACE)
            if self.text.startswith(",", self.at):
                self.at += len(",")
                self._skip(_SPACE)
            element += 1
        self.at += len("]")

    def _inline_table(self, path: KeyPath) -> None:
        self.at += len("{")
        self._skip(_SPACE)
        while not self.text.startswith("}", self.at):
            self._pair(path)
            self._skip(_SPACE)
            if self.text.startswith(",", self.at):
                self.at += len(",")
                self._skip(_SPACE)
        self.at += len("}")


def _plain(part: str) -> str:
    """A key as written -> the key: without quotes, escapes resolved."""
    if part.startswith('"'):
        key: str = tomllib.loads(f"key = {part}")["key"]
        return key
    return part.strip("'") if part.startswith("'") else part
