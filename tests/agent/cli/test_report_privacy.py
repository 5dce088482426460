"""`lamppost report privacy`: what it says is true of the configuration, and nothing secret is in it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.cli import main, report_privacy
from agent.clock import Moment
from agent.configuration import load
from agent.configuration.remote import Kept, Layer
from agent.configuration.sources import Sources

POLE = """
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.7640
longitude = 4.8357
clock = "rtc"
[uplink]
host = "127.0.0.1"
"""
CAMERA = """
[camera.cam]
source = "rtsp://user:secret@192.0.2.9/main"
[zone.bus-stop]
camera = "cam"
category = "bus_lane"
polygon = [[0, 0], [100, 0], [100, 100]]
[kerb]
period = "30min"
minimum_count = 7
"""
ALERT = """
mode = "alert"
[kerb.authorisation]
legal_basis = "Article 1 of a law to come"
reference = "Order 2026-17"
dpia_reference = "DPIA 4"
controller = "Commune of Exemple"
valid_until = 2027-01-31
"""
BAYS = """
[sensor.ultra-1]
kind = "a02"
port = "/dev/ttyX0"
[bay.bay-1]
sensor = "ultra-1"
"""


class Day:
    boot = "b1"

    def __init__(self, year: int) -> None:
        self._unix_s = datetime(year, 1, 15, tzinfo=UTC).timestamp()

    def now(self) -> Moment:
        return self.moment_at(0.0)

    def moment_at(self, mono_s: float) -> Moment:
        return Moment(self._unix_s + mono_s, mono_s, self.boot, trusted=True)


def facts(folder: Path, text: str, year: int = 2027) -> dict[str, dict[str, str]]:
    file = folder / "lamppost.toml"
    file.write_text(text)
    return {title: dict(rows) for title, rows in report_privacy.report(load(file), Day(year))}


def test_a_pole_without_a_camera_says_so(tmp_path: Path) -> None:
    told = facts(tmp_path, POLE + BAYS)
    assert told["purpose and mode"]["camera"].startswith("none")
    assert "what is never done" not in told
    assert "kerb.statistics" not in told["what leaves the pole"]
    assert told["what is processed"] == {"bay bay-1": "occupied or free, from ultra-1: no picture"}


def test_statistics_mode_names_period_and_least_count_and_sends_no_single_event(tmp_path: Path) -> None:
    told = facts(tmp_path, POLE + CAMERA)
    assert told["purpose and mode"]["camera mode"] == "statistics: configured"
    sent = told["what leaves the pole"]
    assert "each 30 min and zone" in sent["kerb.statistics"]
    assert "counts under 7" in sent["kerb.statistics"]
    assert "kerb.suspected" not in sent
    assert told["what is processed"]["cam: found in them"] == "car, vehicle (model ssd-mobilenet-v2-oidv4); no people"


def test_both_models_that_look_at_a_picture_are_named(tmp_path: Path) -> None:
    key = "cam: asked of each zone"
    asked = facts(tmp_path, POLE + CAMERA)["what is processed"][key]
    assert asked == "whether it is free or taken (model zone96); a vehicle that it alone finds has no class"
    alone = CAMERA.replace("[camera.cam]\n", '[camera.cam]\nzone_model = "off"\n')
    assert alone != CAMERA and key not in facts(tmp_path, POLE + alone)["what is processed"]


def test_alert_mode_names_its_authorisation_and_every_word_that_is_sent(tmp_path: Path) -> None:
    told = facts(tmp_path, POLE + CAMERA + ALERT)
    mode = told["purpose and mode"]
    assert mode["controller"] == "Commune of Exemple"
    assert mode["reference of the impact assessment"] == "DPIA 4"
    assert "suspected_since" in told["what leaves the pole"]["kerb.suspected"]
    assert "how many vehicles stand and the longest time" in told["how it is protected"]["a technician sees"]


def test_an_authorisation_that_has_ended_leaves_statistics_with_the_reason(tmp_path: Path) -> None:
    mode = facts(tmp_path, POLE + CAMERA + ALERT, year=2028)["purpose and mode"]
    assert mode["camera mode"] == "statistics: the authorisation ended on 2027-01-31"
    assert "controller" not in mode


def test_a_lamp_that_a_vehicle_in_a_zone_lights_is_told(tmp_path: Path) -> None:
    """It is told in one fact: of two with one name JSON has one."""
    second = '[zone.bay]\ncamera = "cam"\ncategory = "loading"\npolygon = [[200, 0], [300, 0], [300, 100]]\n'
    program = '[program.path]\npresence = [{ by = ["bus-stop"] }, { by = ["bay"], level_percent = 50 }]\n'
    told = facts(tmp_path, POLE + CAMERA + second + program)["what leaves the pole"]["lamp.level"]
    assert told == "while alert mode is lawful also when a vehicle in bay, bus-stop lights a lamp; not which vehicle"


def test_the_command_fits_a_screen_and_keeps_the_secrets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lamppost.toml"
    file.write_text(POLE + CAMERA + BAYS)
    assert main(["report", "privacy", "-c", str(file)]) == 0
    words = capsys.readouterr().out
    assert max(map(len, words.splitlines())) <= 100
    assert "secret" not in words
    assert "PURPOSE AND MODE" in words
    assert main(["report", "privacy", "--json", "-c", str(file)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["what is kept, where and how long"]["a single stay"].startswith("memory only")


def test_an_order_from_afar_that_ended_alert_mode_is_told_and_not_what_the_file_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, store = tmp_path / "lamppost.toml", f'[store]\npath = "{tmp_path}/state/l.db"\n'
    file.write_text(POLE + store + CAMERA + ALERT.replace("2027", "2999"))
    sources = Sources(file)
    patch = {"kerb": {"mode": "statistics"}}
    layer = Layer(patch, {"kerb/mode": "alert"}, "c1")
    for kept, mode in ((Kept(), "alert"), (Kept(layer), "statistics")):
        sources.keep(load(file), kept)
        assert main(["report", "privacy", "--json", "-c", str(file)]) == 0
        told = json.loads(capsys.readouterr().out)["purpose and mode"]
        assert told["camera mode"].startswith(f"{mode}: ")
    assert "what came from afar above it" in told["what follows is of"]


def test_of_a_wrong_file_the_last_good_one_is_told_and_that_it_is_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, store = tmp_path / "lamppost.toml", f'[store]\npath = "{tmp_path}/state/l.db"\n'
    file.write_text(POLE + store + CAMERA + ALERT.replace("2027", "2999"))
    Sources(file).keep_good(load(file), healthy=True)
    file.write_text(file.read_text().replace('mode = "alert"', 'mode = "alrt"'))
    assert main(["report", "privacy", "--json", "-c", str(file)]) == 1
    told = json.loads(capsys.readouterr().out)["purpose and mode"]
    assert told["camera mode"] == "statistics: configured"
    assert "the last good one" in told["what follows is of"] and "alrt" in told["WRONG"]


def test_every_broker_is_told_with_what_it_gets(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text(POLE + '[uplink.lighting]\nport = 1884\nhost = "127.0.0.1"\nevents = ["lamp.*"]\n')
    (sent,) = [
        dict(rows) for title, rows in report_privacy.report(load(file), Day(2026)) if title == "what leaves the pole"
    ]
    assert sent["to"] == "MQTT broker 127.0.0.1:1883, this box alone, not encrypted"
    assert sent["to lighting"] == "MQTT broker 127.0.0.1:1884, this box alone, not encrypted: lamp.* alone"
