"""What is wrong with a configuration, said to a technician: file, line, table, key, what was expected."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from agent.config.positions import KeyPath
from drivers.options import HIDDEN, without_passwords
from drivers.printable import printable
from drivers.translation import _, ngettext

_SECRET = re.compile(r"^(\s*[\w.\"'-]*(?:passw|secret|token)(?!\w*_file)[\w.\"'-]*\s*[=:]\s*)(.+)$", re.IGNORECASE)


MOST_ERRORS = 200
"""The number of errors of one file beyond which no further unknown key is told: nobody reads more of them, and each
costs time."""


LONGEST_TEXT = 2048
"""Characters of a text in which passwords are looked for: that costs time by the square of its length."""

FROM_AFAR = Path(_("from afar"))
"""Stands where the name of a file would, before what was sent and stands in none."""

MOST_TOLD, LONGEST_TOLD = 20, 500
"""Mistakes that somebody far away is told at once, and characters of each."""


class ConfigError(Exception):
    """A configuration that must not be started. Its text is every error of the file, one a line, in order of lines.

    Args:
        problems: of one file, where these are all.
    """

    def __init__(self, text: str, problems: Iterable["Problem"] = ()) -> None:
        super().__init__(text)
        self.problems = tuple(problems)

    @classmethod
    def of(cls, file: Path, problems: Sequence["Problem"]) -> "ConfigError":
        return cls("\n".join(in_order(file, problems)), problems)

    @property
    def mistakes(self) -> tuple[str, ...]:
        """Each of them: "FILE:LINE: words"."""
        return tuple(str(self).split("\n"))

    @property
    def first(self) -> tuple[str | None, int | None, str]:
        """The first of them: file (None: it stands in none), line (None: the file as a whole), words."""
        line = self.mistakes[0]
        found = re.match(r"(.+?):(?:(\d+):)?(?:\d+:)? (.*)", line)
        if found is None or found[1] == str(FROM_AFAR):
            return None, None, line
        return found[1], int(found[2]) if found[2] else None, found[3]


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
        name: of the file in what is told of it; None: its own.
    """

    def __init__(
        self, file: Path, lines: Mapping[KeyPath, int], errors: Iterable[Problem] = (), name: Path | None = None
    ) -> None:
        self.file, self.name = file, name or file
        self._lines = lines
        self._errors = list(errors)
        self._warnings: list[Problem] = []
        self._notes: list[Problem] = []
        self._refused: list[Problem] = []
        self._elsewhere: dict[KeyPath, Report] = {}

    def include(self, paths: Iterable[KeyPath], other: "Report") -> None:
        """Tables and keys that stand in another file, or in none: what is wrong with them is told there."""
        self._elsewhere |= dict.fromkeys(paths, other)

    def elsewhere(self, path: KeyPath) -> "Report | None":
        """The report in which a table or key of this path is told; None: in this one."""
        return next((self._elsewhere[above] for above in _upwards(path) if above in self._elsewhere), None)

    def whereabouts(self, path: KeyPath) -> str:
        """Words that follow the name of a table or key: "on line 12", "from afar"."""
        home = self.elsewhere(path) or self
        return str(home.name) if home.name == FROM_AFAR else _("on line {line}").format(line=home.line(path))

    def error(
        self, table: KeyPath, key: str | KeyPath, what: str, expected: str = "", meant: str | None = None
    ) -> None:
        """One more error: what is wrong with `key` of `table`, what would be right, and the nearest known word."""
        home = self.elsewhere(_joined(table, key)) or self
        problem = home._problem(
            table, key, what, expected, _('did you mean "{meant}"?').format(meant=meant) if meant else ""
        )
        home._errors.append(problem)

    def warning(self, table: KeyPath, key: str | KeyPath, what: str, hint: str = "", *, refused: bool = False) -> None:
        """Something to look at that stops nothing; what is `refused` is an error for who checks the file all the
        same, and a daemon runs without it."""
        home = self.elsewhere(_joined(table, key)) or self
        (home._refused if refused else home._warnings).append(home._problem(table, key, what, hint))

    def note(self, table: KeyPath, key: str | KeyPath, what: str, hint: str = "") -> None:
        """Something that is right for this pole, and may not be for others."""
        home = self.elsewhere(_joined(table, key)) or self
        home._notes.append(home._problem(table, key, what, hint))

    def line(self, path: KeyPath) -> int:
        """Returns the line of `path`; of its table where the key is not there; 0: neither is."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return 0

    def given(self, table: KeyPath, key: str) -> bool:
        """Whether the key was written, be it right or wrong, and is no default."""
        path = (*table, key)
        return path in (self.elsewhere(path) or self)._lines

    @property
    def errors(self) -> tuple[str, ...]:
        """What is wrong with this file, without its name and lines."""
        return tuple(problem.text for problem in self._errors)

    @property
    def warnings(self) -> tuple[str, ...]:
        each_told = ((each.name, [*each._warnings, *each._refused]) for each in self._files())
        return tuple(line for name, told in each_told for line in in_order(name, told))

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(line for each in self._files() for line in in_order(each.name, each._notes))

    def raise_errors(self, further: "Report | None", *, strictly: bool) -> None:
        """Raises ConfigError where there are any.

        Args:
            further: of the same file, whose errors are told with these.
            strictly: what is refused counts among them.
        """
        files = [(each.name, [*each._errors, *(each._refused if strictly else ())]) for each in self._files()]
        files[0][1].extend(further._errors if further else ())
        if lines := [line for name, errors in files for line in in_order(name, errors)]:
            raise ConfigError("\n".join(lines))

    def _files(self) -> "list[Report]":
        return [self, *dict.fromkeys(self._elsewhere.values())]

    def _problem(self, table: KeyPath, key: str | KeyPath, *words: str) -> Problem:
        keys = _joined((), key)
        text = "; ".join(part for part in words if part)
        where = label(table, keys)
        return Problem(self.line((*table, *keys)), 0, f"{where}: {text}" if where else text)


def _joined(table: KeyPath, key: str | KeyPath) -> KeyPath:
    return (*table, key) if isinstance(key, str) else (*table, *key)


def _upwards(path: KeyPath) -> Iterator[KeyPath]:
    """The path, and those of all that it lies in."""
    return (path[:end] for end in range(len(path), 0, -1))


def bounded(mistakes: Sequence[str]) -> tuple[str, ...]:
    """Returns as many as somebody far away can be told, each cut where it is too long, and how many more there are."""
    told = [each if len(each) <= LONGEST_TOLD else f"{each[: LONGEST_TOLD - 1]}…" for each in mistakes[:MOST_TOLD]]
    if (left := len(mistakes) - MOST_TOLD) > 0:
        told.append(ngettext("and one more", "and {count} more", left).format(count=left))
    return tuple(told)


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
    quoted = [f'"{word}"' for word in words] or [_("none")]
    what = _("expected one of {words}") if len(quoted) > 1 else _("expected {words}")
    return what.format(words=", ".join(quoted))


def without_secrets(text: str) -> str:
    """Text of the file that may be printed: no password of a URL, no value of a key that names a secret. Of one that is
    too long to be looked through nothing is left."""
    if len(text) > LONGEST_TEXT:
        return HIDDEN
    return without_passwords(_SECRET.sub(rf"\1{HIDDEN}", text))
