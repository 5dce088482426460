"""What of a log nobody expected."""

import re
from pathlib import Path

from daemon_log import unexpected

SYSTEM = Path(__file__).parents[1] / "system"

AT = "2026-11-25 18:20:11,123"
TRACE = 'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\nKeyError: 1'


def test_a_warning_and_an_error_must_be_expected_and_what_is_less_need_not() -> None:
    log = f"{AT} INFO up\n{AT} WARNING ear is down: a\n  b\n{AT} ERROR worn\n{AT} DEBUG looked\n"
    assert unexpected(log, ()) == [f"{AT} WARNING ear is down: a\n  b", f"{AT} ERROR worn"]
    assert unexpected(log, ["ear is down"]) == [f"{AT} ERROR worn"]
    assert unexpected(log, ["ear is down", "^.* ERROR worn$"]) == []


def test_a_traceback_must_be_expected_as_one_by_the_line_that_carries_it() -> None:
    log = f"{AT} INFO up\n{AT} ERROR b1 failed by a defect\n{TRACE}\n{AT} INFO on\n"
    carried = [f"{AT} ERROR b1 failed by a defect\n{TRACE}"]
    assert unexpected(log, ["failed by a defect", "KeyError"]) == carried
    assert unexpected(log, (), ["KeyError"]) == carried
    assert unexpected(log, (), ["failed by a defect"]) == []


def test_what_was_printed_beside_the_log_is_seen_too() -> None:
    assert unexpected(TRACE, ["KeyError"]) == [TRACE]
    assert unexpected(f"{AT} INFO stopped\n{TRACE}", ()) == [f"{AT} INFO stopped\n{TRACE}"]
    group = f"{AT} INFO stopped\n  + Exception Group Traceback (most recent call last):\n  |  x"
    assert unexpected(group, ["Exception"]) == [group]
    for left in (
        "Exception ignored in: <function f>",
        "x.py:1: RuntimeWarning: coroutine 'f' was never awaited",
        "Task exception was never retrieved",
        "Task was destroyed but it is pending!",
    ):
        assert unexpected(f"{AT} INFO up\n{left}\n", ()) == [f"{AT} INFO up\n{left}"]
    assert unexpected("pole.toml:3: [lamp.l1] lien: unknown key\n", ()) == []
    assert unexpected("", ()) == []


def test_each_system_test_that_starts_a_daemon_keeps_its_log_where_it_is_looked_at() -> None:
    texts = {file.name: file.read_text() for file in SYSTEM.glob("test_*.py")}
    starting = {name for name, text in texts.items() if re.search(r'"run", "-c"|agent run -c', text)}
    assert len(starting) > 5
    assert [name for name in sorted(starting) if not re.search(r'"daemon[^"]*\.log"', texts[name])] == []
