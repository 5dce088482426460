"""What a program of the system prints."""

import sys

import pytest

from agent.cli.system_command import output_of


def test_what_it_prints() -> None:
    assert output_of(sys.executable, "-c", "print('as it is')", limit_s=20) == "as it is\n"


@pytest.mark.parametrize(
    ("command", "limit_s"),
    [
        (("lamppost-no-such-program",), 20.0),
        ((sys.executable, "-c", "print('half'); raise SystemExit(3)"), 20.0),
        ((sys.executable, "-c", "input()"), 0.0),
    ],
)
def test_one_that_is_not_there_fails_or_does_not_end_prints_nothing(command: tuple[str, ...], limit_s: float) -> None:
    assert output_of(*command, limit_s=limit_s) is None
