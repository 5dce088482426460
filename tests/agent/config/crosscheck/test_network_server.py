"""What is noted of a network server: names that nobody has given, topics of all, a version that it does not speak."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.configuration import examine

SENSOR = """
[sensor.disc]
kind = "lorawan"
network = "town"
dev_eui = "70b3d5a1c0de0001"
model = "pni-placepod"
"""


Written = Callable[[str], Path]


def network(keys: str, sensor: str = "") -> str:
    return f'[lorawan.town]\nhost = "127.0.0.1"\n{keys}\n{SENSOR}{sensor}\n'


@pytest.mark.parametrize(
    ("keys", "sensor", "notes"),
    [
        ('server = "tts"\nprotocol = "3.1.1"', "", ["every device that is on v3/+/devices/+/up is heard"]),
        ('server = "tts"\nprotocol = "3.1.1"', 'device_id = "disc-1"', []),
        ('server = "chirpstack-v3"', "", []),
        ('server = "loriot"\ntopic = "town/up"', "", ['"town/up" is the same for all devices']),
        ('server = "thingpark"\ntopic = "things/{DEV_EUI}/uplink"', "", []),
    ],
)
def test_what_costs_more_than_it_need_is_noted(
    written: Written, sound: str, keys: str, sensor: str, notes: list[str]
) -> None:
    said = [
        line
        for line in examine(written(sound + network(keys, sensor))).notes
        if "lorawan.town" in line or "disc" in line
    ]
    assert len(said) == len(notes) and all(words in line for words, line in zip(notes, said, strict=True))


@pytest.mark.parametrize(("protocol", "warned"), [("5", True), ("3.1.1", False), ("auto", False)])
def test_a_server_that_does_not_speak_the_version_of_mqtt_is_a_warning(
    written: Written, sound: str, protocol: str, warned: bool
) -> None:
    keys = f'server = "tts"\nprotocol = "{protocol}"'
    said = [
        line
        for line in examine(written(sound + network(keys))).warnings
        if "The Things Stack speaks MQTT 3.1.1" in line
    ]
    assert bool(said) == warned
