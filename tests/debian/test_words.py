"""The manual page and the completion name the commands that there are."""

import argparse
import subprocess
from pathlib import Path

import pytest

from agent.cli.arguments import parser

DEBIAN = Path(__file__).parents[2] / "debian"


def commands() -> dict[str, argparse.ArgumentParser]:
    (action,) = (each for each in parser()._actions if isinstance(each, argparse._SubParsersAction))
    return dict(action.choices)


def completed(*words: str) -> set[str]:
    script = 'source "$0"; compopt() { :; }; COMP_WORDS=(lamppost "$@"); COMP_CWORD=$#; _lamppost; '
    script += 'printf "%s\\n" "${COMPREPLY[@]}"'
    order = ["bash", "-c", script, str(DEBIAN / "lamppost.bash-completion"), *words]
    return set(subprocess.run(order, capture_output=True, text=True, check=True).stdout.split())


def test_every_command_is_in_both() -> None:
    page = (DEBIAN / "lamppost.1").read_text()
    assert {name for name in commands() if f"\n\\fB{name}" not in page} == set()
    assert {each for each in completed("") if not each.startswith("-")} == commands().keys()


@pytest.mark.parametrize("name", [each for each in commands() if each not in ("report", "schema")])
def test_each_option_of_a_command_is_completed(name: str) -> None:
    options = {word for action in commands()[name]._actions for word in action.option_strings if word.startswith("--")}
    assert {each for each in completed(name, "") if each.startswith("-")} == options - {"--help"}
