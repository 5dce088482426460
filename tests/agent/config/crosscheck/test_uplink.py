"""[uplink.NAME]: how many there may be, and what several share."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.config.crosscheck.uplink import MOST
from agent.configuration.file import examine
from drivers import extras

Errors = Callable[[str], list[str]]


def _uplinks(count: int) -> str:
    return "".join(f'[uplink.u{n}]\nhost = "127.0.0.1"\nport = {2000 + n}\n' for n in range(count))


def test_a_pole_has_a_few_uplinks(errors: Errors, sound: str) -> None:
    own = sound.replace('[uplink]\nhost = "127.0.0.1"\n', "")
    assert errors(own + _uplinks(MOST)) == []
    (said,) = errors(own + _uplinks(MOST + 1))
    assert said.endswith(f"[uplink]: the file has {MOST + 1} uplinks; expected {MOST} at most")


@pytest.mark.parametrize(("budget", "is_one"), [("0 MB", False), ("0.000 kB", False), ("0.5 MB", True)])
def test_a_budget_of_nothing_is_none(errors: Errors, sound: str, budget: str, is_one: bool) -> None:
    """It would let no reading through; without the key there is no limit."""
    found = errors(sound.replace('host = "127.0.0.1"\n', f'host = "127.0.0.1"\nmonthly_budget = "{budget}"\n'))
    assert is_one == (found == []), found
    assert is_one or "monthly_budget" in found[0]


@pytest.mark.parametrize(("prefix", "command"), [("/venv", "pip install"), (extras.PACKAGED, "apt install python3-")])
def test_a_key_that_nothing_can_use_is_told_with_what_to_install(
    errors: Errors, sound: str, monkeypatch: pytest.MonkeyPatch, prefix: str, command: str
) -> None:
    monkeypatch.setattr(sys, "prefix", prefix)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    key = 'host = "127.0.0.1"\ncommand_key = "' + "A" * 43 + '="\n'
    (said,) = errors(sound.replace('host = "127.0.0.1"\n', key))
    assert "Python lacks cryptography" in said and command in said


@pytest.mark.parametrize(
    ("table", "keys", "said"),
    [
        ("uplink", "port = 1883\ntls = {}\n", "there is [uplink.tls]; expected 8883, the usual one with TLS"),
        ("uplink", "port = 8883\n", "there is no [uplink.tls]; expected [uplink.tls], or 1883"),
        ("lorawan.town", "port = 1883\ntls = {}\n", "there is [lorawan.town.tls]; expected 8883"),
        ("lorawan.town", "port = 8883\n", "there is no [lorawan.town.tls]; expected [lorawan.town.tls], or 1883"),
        ("uplink", "port = 8883\ntls = {}\n", ""),
        ("uplink", "port = 1883\n", ""),
        ("uplink", "port = 2883\ntls = {}\n", ""),
        ("uplink", "tls = {}\n", ""),
    ],
)
def test_the_port_and_the_encryption_of_a_broker_go_together(
    written: Callable[[str], Path], sound: str, table: str, keys: str, said: str
) -> None:
    text = sound + '[lorawan.town]\nhost = "127.0.0.2"\n'
    host = "127.0.0.1" if table == "uplink" else "127.0.0.2"
    text = text.replace(f'host = "{host}"\n', f'host = "{host}"\n{keys}')
    found = [each for each in examine(written(text)).warnings if f"[{table}] port: " in each]
    assert [said in each for each in found] == ([True] if said else []), found
