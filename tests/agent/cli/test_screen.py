"""A command shows what others have sent, and no terminal obeys it."""

import sys

import pytest

from agent.cli.check.layout import columns
from agent.cli.screen import plain, screened


def test_what_is_printed_moves_no_cursor_and_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with screened():
        print("one\x1b]0;title\x07\ttwo\n\x9bthree\r")
        print("four\x1b[2J", file=sys.stderr)
        plain(sys.stderr).write("\rbar")
    out, errors = capsys.readouterr()
    assert out == "one\\x1b]0;title\\x07\ttwo\n\\x9bthree\\r\n"
    assert errors == "four\\x1b[2J\n\rbar"
    assert plain(sys.stdout) is sys.stdout


def test_a_cell_makes_no_line_of_its_own() -> None:
    assert columns([("lamp-1", "down\nlamp-2  up")]) == ["lamp-1  down\\nlamp-2  up"]
