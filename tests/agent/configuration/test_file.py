"""The configuration that a daemon runs by can be told from every other."""

import subprocess
from pathlib import Path

import pytest

from agent.configuration import ConfigError, load_in_force

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 45.7
longitude = 4.8
[uplink]
host = "127.0.0.1"
"""


def test_the_file_in_force_is_told_by_its_path_and_the_sum_of_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "lamppost.toml"
    file.write_text(POLE.replace("\n", "\r\n"), newline="")
    config, warnings, in_force = load_in_force(file)
    said = subprocess.run(["sha256sum", file], capture_output=True, text=True, check=True).stdout
    assert (config.pole.id, warnings) == ("p1", ())
    assert said.split() == [in_force.sha256, in_force.path]


def test_a_relative_path_is_told_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lamppost.toml").write_text(POLE)
    monkeypatch.chdir(tmp_path)
    assert load_in_force(Path("lamppost.toml"))[2].path == str(tmp_path / "lamppost.toml")


def test_a_file_that_is_missing_or_wrong_is_never_in_force(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load_in_force(tmp_path / "none.toml")
    (tmp_path / "lamppost.toml").write_text(POLE + "[lamp.l1]\nlien = 1\n")
    with pytest.raises(ConfigError, match="lien"):
        load_in_force(tmp_path / "lamppost.toml")
