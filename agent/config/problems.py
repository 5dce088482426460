"""What is wrong with a configuration, said to a technician: file, line, table, key, what was expected."""

import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from agent.config.positions import KeyPath
from drivers.options import HIDDEN, without_passwords
from drivers.printable import printable
from drivers.translation import _

_SECRET = re.compile(r"^(\s*[\w.\"'-]*(?:passw|secret|token)(?!\w*_file)[\w.\"'-]*\s*[=:]\s*)(.+)$", re.IGNORECASE)


MOST_ERRORS = 200
"""The number of errors of one file beyond which no further unknown key is told: nobody reads more of them, and each
costs time."""


LONGEST_TEXT = 2048
"""Characters of a text in which passwords are looked for: that costs time by the square of its length."""


class ConfigError(Exception):
    """A configuration that must not be started. Its text is every error of the file, one a line, in order of lines."""

    @classmethod
    def of(cls, file: Path, problems: Iterable["Problem"]) -> "ConfigError":
        return cls("\n".join(in_order(file, problems)))

    @property
    def first(self) -> tuple[str, int | None, str]:
        """The first of them: file, line (None: the file as a whole), words."""
        line = str(self).partition("\n")[0]
        found = re.match(r"(.+?):(?:(\d+):)?(?:\d+:)? (.*)", line)
        return (found[1], int(found[2]) if found[2] else None, found[3]) if found else ("", None, line)


class Problem(Struct, frozen=True):
    """One thing that is wrong; `line` 0: the file as a whole; `column` 0: the line as a whole."""

    line: int
    column: int
    text: str

    def located(self, file: Path) -> str:
        """One line for a terminal: what cannot be printed is written as an escape."""
        where = [str(file), *(str(number) for number in (self.line, self.column) if number)]
        return printable(":".join([*where, f" {self.text}"]))


class Report:
    """Collects what is wrong with one file.

    Args:
        file: as the technician named it.
        lines: line of each key path that stands in the file.
        errors: those that were found before.
    """

    def __init__(self, file: Path, lines: dict[KeyPath, int], errors: Iterable[Problem] = ()) -> None:
        self.file = file
        self._lines = lines
        self._errors = list(errors)
        self._warnings: list[Problem] = []
        self._notes: list[Problem] = []
        self._elsewhere: dict[KeyPath, Report] = {}

    def include(self, tables: Iterable[KeyPath], other: "Report") -> None:
        """Tables that stand in another file: what is wrong with them is told there."""
        self._elsewhere |= dict.fromkeys(tables, other)

    def elsewhere(self, path: KeyPath) -> "Report | None":
        """The report of the file in which a table of this path stands; None: it stands in this one."""
        return next(
            (self._elsewhere[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self._elsewhere), None
        )

    def error(
        self, table: KeyPath, key: str | KeyPath, what: str, expected: str = "", meant: str | None = None
    ) -> None:
        """One more error: what is wrong with `key` of `table`, what would be right, and the nearest known word."""
        home = self.elsewhere(table) or self
        problem = home._problem(
            table, key, what, expected, _('did you mean "{meant}"?').format(meant=meant) if meant else ""
        )
        home._errors.append(problem)

    def warning(self, table: KeyPath, key: str | KeyPath, what: str, hint: str = "") -> None:
        """Something to look at that stops nothing."""
        home = self.elsewhere(table) or self
        home._warnings.append(home._problem(table, key, what, hint))

    def note(self, table: KeyPath, key: str | KeyPath, what: str, hint: str = "") -> None:
        """Something that is right for this pole, and may not be for others."""
        home = self.elsewhere(table) or self
        home._notes.append(home._problem(table, key, what, hint))

    def line(self, path: KeyPath) -> int:
        """Returns the line of `path`; of its table where the key is not there; 0: neither is."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return 0

    def given(self, table: KeyPath, key: str) -> bool:
        """Whether the file itself has the key, be it right or wrong."""
        return (*table, key) in self._lines

    @property
    def errors(self) -> tuple[str, ...]:
        """What is wrong with this file, without its name and lines."""
        return tuple(problem.text for problem in self._errors)

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(line for each in self._files() for line in in_order(each.file, each._warnings))

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(line for each in self._files() for line in in_order(each.file, each._notes))

    def raise_errors(self, further: "Report | None" = None) -> None:
        """Raises ConfigError where there are any.

        Args:
            further: of the same file, whose errors are told with these.
        """
        lines = [line for each in self._files() for line in in_order(each.file, each._errors_with(further))]
        if lines:
            raise ConfigError("\n".join(lines))

    def _errors_with(self, further: "Report | None") -> list[Problem]:
        return self._errors + (further._errors if further and further.file == self.file else [])

    def _files(self) -> "list[Report]":
        return [self, *dict.fromkeys(self._elsewhere.values())]

    def _problem(self, table: KeyPath, key: str | KeyPath, *words: str) -> Problem:
        keys = (key,) if isinstance(key, str) else key
        text = "; ".join(part for part in words if part)
        where = label(table, keys)
        return Problem(self.line((*table, *keys)), 0, f"{where}: {text}" if where else text)


def in_order(file: Path, problems: Iterable[Problem]) -> tuple[str, ...]:
    """The lines to print, by line of the file, each once."""
    return tuple(dict.fromkeys(problem.located(file) for problem in sorted(problems, key=_place)))


def _place(problem: Problem) -> tuple[int, int, list[str | int]]:
    """Returns the sort key of a problem. Numbers in its text sort as numbers too: they may be lines of another file."""
    parts = re.split(r"(\d{1,9})", problem.text)
    return problem.line, problem.column, [int(part) if at % 2 else part for at, part in enumerate(parts)]


def label(table: KeyPath, keys: KeyPath) -> str:
    """("lamp", "lamp-1"), ("unit",) -> "[lamp.lamp-1] unit"; elements of lists are counted from 1."""
    whole = (*table, *keys)
    lists = [at - 1 for at, part in enumerate(whole) if isinstance(part, int)]
    named = min([len(table), *lists])
    header = [f"[{'.'.join(map(str, whole[:named]))}]"] if named else []
    entry = _("entry {number}")
    return " ".join([*header, *(entry.format(number=at + 1) if isinstance(at, int) else at for at in whole[named:])])


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known word that `word` was probably meant to be: spelt much like it, or `word` with its unit left out.

    Args:
        likeness: 0..1, as in `difflib.get_close_matches`.
    """
    import difflib  # large, and needed for a mistake alone

    words = list(known)
    matches = difflib.get_close_matches(word.lower(), words, n=1, cutoff=likeness)
    matches += [each for each in words if each.startswith(f"{word.lower()}_")]
    return matches[0] if matches else None


def one_of(words: Iterable[str]) -> str:
    """What was expected, for a list of known words."""
    quoted = [f'"{word}"' for word in words]
    what = _("expected one of {words}") if len(quoted) > 1 else _("expected {words}")
    return what.format(words=", ".join(quoted))


def without_secrets(text: str) -> str:
    """Text of the file that may be printed: no password of a URL, no value of a key that names a secret. Of one that is
    too long to be looked through nothing is left."""
    if len(text) > LONGEST_TEXT:
        return HIDDEN
    return without_passwords(_SECRET.sub(rf"\1{HIDDEN}", text))
