"""Rules that many poles share, in a file of their own."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.configuration import ConfigError, examine, load

Written = Callable[[str | bytes], Path]

RULES = """\
[rule.blue]
category = "blue_zone"
limit = "90min"
[rule.loading]
category = "loading"
limit = "30min"
"""


@pytest.fixture
def pole(sound: str) -> str:
    return sound.replace('limit = "30min"', 'rule = "blue"') + '[parking]\nrules_file = "rules.toml"\n'


def test_the_rules_of_the_other_file_are_known(written: Written, pole: str) -> None:
    file = written(pole)
    file.with_name("rules.toml").write_text(RULES)
    found = examine(file)
    config, warnings = found.config, found.warnings
    assert config.rule["blue"].limit_s == 5400.0
    assert not [each for each in warnings if "loading" in each], "a rule of another pole is none too many"


def test_what_is_wrong_there_is_told_with_that_file_and_its_line(written: Written, pole: str) -> None:
    file = written(pole.replace("45.7", "145.7"))
    shared = file.with_name("rules.toml")
    shared.write_text(RULES.replace('"90min"', '"90"') + 'windows = [{ from = "08:00", to = "08:00" }]\n')
    with pytest.raises(ConfigError) as raised:
        load(file)
    lines = str(raised.value).splitlines()
    assert lines[0].startswith(f"{file}:4: [pole] latitude")
    assert lines[1].startswith(f'{shared}:3: [rule.blue] limit: "90" is not a duration')
    assert lines[2].startswith(f'{shared}:7: [rule.loading] windows entry 1 to: from "08:00"')
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (None, "there is no such file"),
        ("[rule.blue\n", "is not TOML"),
        ("[bay.x]\n", "is none of rules; expected"),
        (RULES + "[rule.green]\n", "category: is missing"),
    ],
)
def test_a_file_of_rules_that_cannot_be_used(written: Written, pole: str, rules: str | None, words: str) -> None:
    file = written(pole)
    if rules is not None:
        file.with_name("rules.toml").write_text(rules)
    with pytest.raises(ConfigError, match=words):
        load(file)


def test_a_rule_stands_in_one_of_the_two_files(written: Written, pole: str) -> None:
    file = written(pole + RULES.split("[rule.loading]", maxsplit=1)[0])
    file.with_name("rules.toml").write_text(RULES)
    with pytest.raises(ConfigError, match=r"\[rule.blue\]: .*rules.toml has this rule too"):
        load(file)


@pytest.mark.parametrize(
    "secret",
    [
        "Geheim99",
        "Geheim99==",
        "Geheim = 99 Geheim",
        "[Geheim99",
        "[Geheim]99",
        "rule = Geheim99",
        '[rule.blue]\nlimit = "Geheim99',
        "[rule.blue]\nlimit = Geheim99\nlimit = Geheim99",
        "[Geheim99]\n[Geheim99]",
        "x = {Geheim99 = 1, Geheim99 = 1}",
        "x = {Geheim99 = 1}\n[x.Geheim99]\ny = 1",
        "[[Geheim99]]\n[Geheim99]",
        '"Geheim 99" = 1\n"Geheim 99" = 1',
        "-----BEGIN PRIVATE KEY-----\nGeheim99\n-----END PRIVATE KEY-----",
    ],
)
def test_promise_security_no_text_of_a_file_that_is_none_of_rules_is_told(
    written: Written, pole: str, secret: str
) -> None:
    """A configuration from afar can name any file that the daemon may read, its passwords among them."""
    file = written(pole)
    file.with_name("rules.toml").write_text(f"{secret}\n")
    with pytest.raises(ConfigError, match="is not TOML") as raised:
        load(file)
    assert "Geheim" not in str(raised.value) and "PRIVATE" not in str(raised.value)


@pytest.mark.parametrize(
    "secret",
    [
        "Geheim99 = 1",
        "Geheim99 = 'Geheim'",
        "rule = 'Geheim99'",
        "rule.Geheim99 = 1",
        "rule.blue.Geheim99 = 1",
        "[Geheim99]",
        "[[rule.Geheim99]]",
        '[rule]\n"Geheim 99" = "x"',
    ],
)
@pytest.mark.parametrize("name", ["rules.toml", "password"])
def test_promise_security_a_password_that_is_toml_by_chance_is_not_told_either(
    written: Written, pole: str, secret: str, name: str
) -> None:
    file = written(pole.replace("rules.toml", name))
    file.with_name(name).write_text(f"{secret}\n")
    with pytest.raises(ConfigError, match="is none of rules; expected") as raised:
        load(file)
    assert "Geheim" not in str(raised.value)


IRREGULAR: dict[str, tuple[Callable[[Path], object], str]] = {
    "a folder": (Path.mkdir, "is a directory; expected"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "is no regular file"),
    "a pipe": (os.mkfifo, "is no regular file"),
    "far too long": (lambda path: path.write_bytes(b"#" * (2 << 20)), "is larger than 1 MiB; expected"),
}


@pytest.mark.parametrize("kind", IRREGULAR)
def test_one_that_is_no_file_of_rules_is_called_by_its_name(written: Written, pole: str, kind: str) -> None:
    make, words = IRREGULAR[kind]
    file = written(pole)
    make(file.with_name("rules.toml"))
    with pytest.raises(ConfigError, match=words) as raised:
        load(file)
    assert "chmod" not in str(raised.value) and "configuration" not in str(raised.value)
