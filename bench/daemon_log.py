"""What a daemon has logged, and what of it nobody expected (pure)."""

import re
from collections.abc import Iterable, Iterator

_BEGINS = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ([A-Z]+) ", re.MULTILINE)
_TRACEBACK = re.compile(r"^\s*(\+ )?(Traceback|Exception Group Traceback) \(most recent call last\)", re.MULTILINE)
_LEFT = re.compile(r"was never (retrieved|awaited)|^Exception ignored|was destroyed but it is pending", re.MULTILINE)
_TELLS = {"WARNING", "ERROR", "CRITICAL"}


def unexpected(log: str, expected: Iterable[str], tracebacks: Iterable[str] = ()) -> list[str]:
    """Records that tell of trouble, without those that were expected.

    Args:
        expected: regular expressions of warnings and errors; a traceback is none of them.
        tracebacks: of the first lines of what may carry a traceback.
    """
    expected, tracebacks = tuple(expected), tuple(tracebacks)
    return [record for level, record in _records(log) if _is_unexpected(level, record, expected, tracebacks)]


def _records(log: str) -> Iterator[tuple[str, str]]:
    """Level and text of each; what was printed beside the log belongs to the record before, or to none ("")."""
    begins = list(_BEGINS.finditer(log))
    ends = [begin.start() for begin in begins[1:]] + [len(log)]
    yield "", log[: begins[0].start() if begins else None]
    for begin, end in zip(begins, ends, strict=True) if begins else ():
        yield begin[1], log[begin.start() : end].rstrip()


def _is_unexpected(level: str, record: str, expected: tuple[str, ...], tracebacks: tuple[str, ...]) -> bool:
    if _TRACEBACK.search(record):
        return not any(re.search(each, record.partition("\n")[0]) for each in tracebacks)
    if level in _TELLS or _LEFT.search(record):
        return not any(re.search(each, record) for each in (*expected, *tracebacks))
    return False
