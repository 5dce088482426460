"""`lamppost report security`: what it says is true of configuration and box, and nothing secret is in it."""

import json
from collections.abc import Mapping
from pathlib import Path

import pole_file
import pytest

from agent.cli import main, report_security
from agent.cli.report_security.box import Box
from agent.configuration import load
from agent.configuration.sources import Sources

POLE = """
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.7640
longitude = 4.8357
socket = "{folder}/l.sock"
[store]
path = "{folder}/l.db"
[uplink]
host = "broker.example"
username = "pole-1"
password_file = "{folder}/password"
{uplink}
[uplink.tls]
[line.l]
kind = "tcp"
host = "192.0.2.7"
[camera.cam]
source = "rtsp://user:hunter2@192.0.2.9/main"
[zone.bus-stop]
camera = "cam"
category = "bus_lane"
polygon = [[0, 0], [100, 0], [100, 100]]
[kerb]
"""
KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
SHOWN = """LoadState=loaded
User=lamppost
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
"""


def reported(folder: Path, uplink: str = "", box: Box | None = None) -> Mapping[str, Mapping[str, str]]:
    (folder / "password").touch(0o600)
    (folder / "password").write_text("hunter2\n")
    file = folder / "lamppost.toml"
    file.write_text(POLE.format(folder=folder, uplink=uplink))
    box = box or Box(folder, lambda *_: None)
    return {title: dict(facts) for title, facts in report_security.report(load(file), file, where=box)}


def test_nothing_secret_is_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reported(tmp_path)
    for more in ((), ("--json",)):
        assert main(["report", "security", "-c", str(tmp_path / "lamppost.toml"), *more]) == 0
        told = capsys.readouterr().out
        assert "hunter2" not in told and "192.0.2.9" in told
    assert json.loads(told)["product"]["pole"] == "exampletown/pole-1"


@pytest.mark.parametrize(
    ("uplink", "whoever", "signature"),
    [
        ("", "its configuration included", "none is asked for"),
        (f'command_key = "{KEY}"', "its configuration included", "unsigned orders are refused"),
        ('commands = "devices"', "nothing of the pole itself", None),
        ('commands = "none"', "remote control is off", None),
    ],
)
def test_who_may_command(tmp_path: Path, uplink: str, whoever: str, signature: str | None) -> None:
    told = reported(tmp_path, uplink)["who may command"]
    assert whoever in told["whoever may publish at the broker"]
    found = told.get("signature on orders to the pole itself")
    assert found is None if signature is None else signature in str(found)


def test_modes_of_files_with_secrets(tmp_path: Path) -> None:
    told = reported(tmp_path)["files with keys and passwords"]
    assert told[str(tmp_path / "password")].startswith("mode 600 of ")
    (tmp_path / "password").unlink()
    assert "others may read it" in told[str(tmp_path / "lamppost.toml")]


def test_the_unit_as_systemd_shows_it(tmp_path: Path) -> None:
    told = reported(tmp_path, box=Box(tmp_path, lambda *_: SHOWN))["what the system keeps from the daemon"]
    assert told["User"] == "lamppost" and told["CapabilityBoundingSet"] == "nothing"
    told = reported(tmp_path)["what the system keeps from the daemon"]
    assert "is not installed here" in told["unit"]


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("etc/chrony/chrony.conf", "server time.example iburst nts\n", "by NTS"),
        ("etc/chrony/chrony.conf", "#server time.example nts\nserver time.example\n", "not known"),
        ("run/systemd/timesync/synchronized", "", "without authentication"),
    ],
)
def test_whether_the_clock_is_authenticated(tmp_path: Path, file: str, text: str, words: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(text)
    assert words in reported(tmp_path)["clock"]["authenticated"]


def test_cameras_and_their_models(tmp_path: Path) -> None:
    told = reported(tmp_path)["what devices reach, and run"]
    assert "(hidden)@192.0.2.9" in told["camera cam"] and "comes with lamppost" in told["model ssd-mobilenet-v2-oidv4"]


def test_without_a_daemon_and_a_store_nothing_is_known_of_events(tmp_path: Path) -> None:
    assert "no daemon answers" in reported(tmp_path)["security events"]["not known"]


def test_with_a_wrong_file_it_tells_what_is_wrong_and_what_hangs_on_no_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reported(tmp_path)
    file = tmp_path / "lamppost.toml"
    file.write_text(file.read_text().replace("latitude = 45.7640", "latitude = 145.7640"))
    assert main(["report", "security", "-c", str(file), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert f"{file}:5: [pole] latitude" in told["configuration"]["WRONG"]
    assert "lamppost" in told["product"] and "pole" not in told["product"]
    assert {"security events", "at the end of its life", "what the system keeps from the daemon"} <= told.keys()


def test_while_the_last_good_one_runs_it_is_of_that_one_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = pole_file.write(tmp_path)
    sources = Sources(file)
    sources.keep_good(sources.start().config, healthy=True)
    pole_file.edit(file, "latitude = 45.7", "latitude = 145.7")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert main(["report", "security", "-c", str(file), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["product"]["pole"] == "town/p1"
    assert "the last good one" in told["configuration"]["what follows is of"]
    assert "[pole] latitude" in told["configuration"]["WRONG"]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_file_that_is_not_there_is_told_as_ever(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "security", "-c", str(tmp_path / "none.toml")]) != 0
    assert "there is no such file" in capsys.readouterr().err
