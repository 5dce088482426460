"""The configuration that a daemon runs by can be told from every other."""

import subprocess
from pathlib import Path

import pytest

from agent.configuration import ConfigError, load, load_for_desk
from agent.configuration.sources import Sources

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
    in_force = Sources(file).start().in_force
    said = subprocess.run(["sha256sum", file], capture_output=True, text=True, check=True).stdout
    assert said.split() == [in_force.sha256, in_force.path]


def test_a_relative_path_is_told_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lamppost.toml").write_text(POLE)
    monkeypatch.chdir(tmp_path)
    assert Sources(Path("lamppost.toml")).start().in_force.path == str(tmp_path / "lamppost.toml")


def test_a_file_that_is_missing_or_wrong_is_never_in_force(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        Sources(tmp_path / "none.toml").start()
    (tmp_path / "lamppost.toml").write_text(POLE + "[lamp.l1]\nlien = 1\n")
    with pytest.raises(ConfigError, match="lien"):
        Sources(tmp_path / "lamppost.toml").start()


def test_what_is_right_for_this_pole_is_no_warning_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    order = ["openssl", "req", "-x509", "-config", "/dev/null", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    order += ["-nodes", "-subj", "/CN=town", "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", "/dev/null"]
    subprocess.run([*order, "-out", tmp_path / "ca.pem"], check=True, capture_output=True)
    file = tmp_path / "lamppost.toml"
    file.write_text(POLE + f'[uplink.tls]\nca_file = "{tmp_path}/ca.pem"\n[rule.none]\ncategory = "loading"\n')
    found = Sources(file).start()
    with caplog.at_level("INFO"):
        found.tell()
    assert [(each.levelname, "stricter programs" in each.message) for each in caplog.records] == [
        ("WARNING", False),
        ("INFO", True),
    ]


def test_at_a_desk_a_file_needs_no_uplink_and_all_else_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "lamppost.toml"
    file.write_text(POLE.partition("[uplink]")[0])
    with pytest.raises(ConfigError, match="uplink"):
        load(file)
    assert load_for_desk(file).pole.id == "p1"
    file.write_text(POLE.partition("[uplink]")[0] + "[lamp.l1]\nlien = 1\n")
    with pytest.raises(ConfigError, match="lien"):
        load_for_desk(file)
    file.write_text(POLE.replace("host = ", "hots = "))
    with pytest.raises(ConfigError, match="hots"):
        load_for_desk(file)
