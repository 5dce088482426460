"""The poles of config/samples as scenes: their files, and sensors that the profiles understand."""

from pathlib import Path
from typing import get_args

import pytest

from agent.configuration import load
from agent.simulate import air, scene, weather
from agent.simulate.air import Says
from agent.simulate.places import Places
from agent.simulate.scene import Scene
from drivers.files import replace_file
from drivers.lorawan import models
from drivers.serial import profile

PROFILES = {
    air.sds011: "nova-sds011",
    air.pms5003t: "plantower-pms5003t",
    air.sps30: "sensirion-sps30",
    air.mhz19b: "winsen-mhz19b",
    air.mb7389: "maxbotix-mb7389",
    weather.windsonic: "gill-windsonic",
}


@pytest.mark.parametrize("says", PROFILES, ids=lambda says: says.__name__)
def test_each_sensor_says_what_its_profile_understands(says: Says) -> None:
    found = profile.load(PROFILES[says])
    heard = b"".join(found.commands("ask"))
    for at_s in range(0, 120, 7):
        told = [one for each in found.decoder().feed(says(float(at_s), heard)) for one in each.told]
        assert told and all(each.doubt == "" for each in told), at_s


@pytest.mark.parametrize(("model", "report"), [("milesight-ws302", weather.ws302), ("dragino-lse01", weather.lse01)])
def test_each_report_by_radio_is_a_frame_of_its_model(model: str, report: weather.Report) -> None:
    port, payload = report(30.0)
    frame = models.model(model).decode(port, payload)
    assert frame.unread_bytes == 0 and frame.others


@pytest.mark.parametrize("played", get_args(Scene))
def test_the_pole_of_a_scene_is_that_of_its_sample(played: Scene, tmp_path: Path) -> None:
    ports = {place: f"/dev/pts/{number}" for number, place in enumerate((*air.SENSORS, weather.LINE))}
    text = scene.configuration(played, Places(1234, "/run/chip", ports), tmp_path)
    assert not [line for line in text.splitlines() if "/dev/tty" in line or "gpiochip" in line]
    scene.warm(text, tmp_path)
    replace_file(tmp_path / "lamppost.toml", text.encode())
    config, sample = load(tmp_path / "lamppost.toml"), load(scene.SAMPLES / scene.PACES[played].sample)
    assert config.pole.id == sample.pole.id
    assert set(config.sensor) == set(sample.sensor) and set(config.station) == set(sample.station)


@pytest.mark.parametrize("played", get_args(Scene))
def test_its_clock_begins_at_a_full_minute_or_hour(played: Scene) -> None:
    at = scene.clock(played).now().utc
    assert at.minute == 0 if played == "air" else at.second < 60
