"""What is told of a network server and its sensors: names that nobody has given, topics of all, a version that it does
not speak, a profile of one's own whose vectors come out otherwise."""

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


PROFILE = """description = "a disc of ours"
source = "its manual"
decides = "occupied"
tells_within = "5s"
reports = "1h"
[frame.state]
port = 1
length = 1
[[value]]
quantity = "occupied"
in = "state"
byte = 0
yes = [1]
no = [0]
[[vector]]
port = 1
hex = "01"
says = { occupied = true }
[[vector]]
port = 1
hex = "00"
says = { occupied = false }
"""


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("", "", []),
        (
            "{ occupied = true }",
            "{ occupied = false }",
            ["18: [vector] says: occupied comes out as True, and the vector says False"],
        ),
        ('hex = "00"', 'hex = "02"', ["21: [vector] hex: is refused: 2 for occupied, which means nothing"]),
        ("says = { occupied = false }", 'refused = "length"', ["22: [vector] refused: is not refused, and says"]),
    ],
)
def test_check_tells_of_a_vector_of_ones_own_that_comes_out_otherwise_by_file_and_line(
    errors: Callable[[str], list[str]], sound: str, tmp_path: Path, before: str, after: str, told: list[str]
) -> None:
    (tmp_path / "lorawan").mkdir()
    (tmp_path / "lorawan" / "ours.toml").write_text(PROFILE.replace(before, after, 1))
    text = sound.replace('id = "pole-1"', f'id = "pole-1"\nprofiles_dir = "{tmp_path}"')
    said = errors(text + network("").replace("pni-placepod", "ours") + '[bay.b2]\nsensor = "disc"\n')
    begins = "[sensor.disc] model: "
    assert len(said) == len(told)
    assert all(f"{begins}{tmp_path}/lorawan/ours.toml:{words}" in line for words, line in zip(told, said, strict=True))
