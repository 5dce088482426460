"""What the pole says of itself."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent import report
from agent.clock import Moment
from agent.configuration import load
from agent.events.pole import Health
from agent.places import places_of

FULL: dict[str, Any] = {
    "version": "0.1.0",
    "uptime_s": 12.5,
    "clock": {"trusted": True, "source": "ntp", "max_error_s": 0.01},
    "box": {
        "disk": {"free_bytes": 0, "free_percent": 0.0, "read_only": True},
        "temperature_c": 61.3,
        "under_voltage": False,
    },
    "configuration": {"path": "/etc/lamppost/lamppost.toml", "sha256": "ab" * 32, "source": "file"},
}
NOTHING = {"disk": None, "temperature_c": None, "under_voltage": None}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, ("ntp", 0.0, 61.3, False, "ab" * 32)),
        ({"box": NOTHING, "configuration": None}, ("ntp", None, None, None, None)),
    ],
    ids=["all", "nothing"],
)
def test_what_a_fleets_table_shows(more: dict[str, Any], told: tuple[Any, ...]) -> None:
    health = msgspec.convert(report.health(FULL | more), Health, strict=True)
    assert (health.version, health.uptime_s) == ("0.1.0", 12.5)
    shown = (health.clock_source, health.disk_free_percent, health.temperature_c, health.under_voltage)
    assert (*shown, health.config_sha256) == told


POLE = """
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.764
longitude = 4.8357
[uplink]
host = "127.0.0.1"
[sensor.s1]
kind = "a02"
port = "/dev/ttyX1"
[bay.b1]
sensor = "s1"
label = "bakery"
offset_m = [3.5, -12.0]
[group.market]
kind = "parking"
members = ["b1"]
area = "old town"
"""


def test_the_birth_has_every_place_and_group_with_what_is_known_of_it(tmp_path: Path) -> None:
    file = tmp_path / "lamppost.toml"
    file.write_text(POLE)
    config = load(file)
    places = places_of(config, {"bay/b1": "u1", "group/market": "u2"})
    birth = report.birth(config, Moment(1.8e9, 1.0, "b1", True), places, None)
    told = msgspec.json.decode(msgspec.json.encode(birth.data))
    assert told["places"] == {
        "pole-1": {"kind": "pole", "latitude": 45.764, "longitude": 4.8357},
        "s1": {"kind": "sensor"},
        "b1": {"kind": "bay", "uuid": "u1", "label": "bakery", "latitude": 45.763892, "longitude": 4.835745},
    }
    assert told["groups"] == {
        "market": {"kind": "parking", "uuid": "u2", "area": "old town", "members": ["b1"]},
    }
    assert told["bays"]["b1"]["group"] == "market"
