"""A lamp behind a LoRaWAN controller, and what its model and its network must have."""

from pathlib import Path

import pytest

from agent.configuration import ConfigError, load

POLE = """\
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.7
longitude = 4.8
[uplink]
host = "127.0.0.1"
[lorawan.town]
host = "127.0.0.1"
{network}
[lamp.depot]
kind = "lorawan"
network = "town"
dev_eui = "24e124756e049153"
model = "milesight-ws558"
heartbeat = "20min"
"""
CHIRPSTACK = 'application = "app"'


def errors(folder: Path, network: str, more: str = "", model: str = "milesight-ws558") -> tuple[str, ...]:
    text = POLE.format(network=network).replace("milesight-ws558", model)
    (folder / "lamppost.toml").write_text(text + more)
    try:
        load(folder / "lamppost.toml")
    except ConfigError as error:
        return error.mistakes
    return ()


def test_a_lamp_of_chirpstack_and_one_of_the_things_stack(tmp_path: Path) -> None:
    assert errors(tmp_path, CHIRPSTACK) == ()
    assert errors(tmp_path, 'application = "app1@ttn"\nserver = "tts"', 'device_id = "depot"\n') == ()


@pytest.mark.parametrize(
    ("network", "more", "model", "said"),
    [
        ("", "", "milesight-ws558", "network: [lorawan.town] has no application, so that nothing can be sent to its"),
        (CHIRPSTACK + '\nserver = "chirpstack-v3"', "", "milesight-ws558", "of which is not known how it takes downl"),
        (CHIRPSTACK + '\nserver = "tts"', "", "milesight-ws558", "device_id: is missing; expected the lamp's name"),
        (CHIRPSTACK, "channel = 8\n", "milesight-ws558", "channel: milesight-ws558 has no channel 8; expected 0 to 7"),
        (CHIRPSTACK, "", "milesight-vs350", 'model: "milesight-vs350" is no lamp: it has no [lamp] table'),
        (CHIRPSTACK, 'program = "p"\n[program.p]\nlevel_percent = 40\n', "milesight-ws558", "which only switches"),
    ],
)
def test_what_is_missing_is_told(tmp_path: Path, network: str, more: str, model: str, said: str) -> None:
    (told,) = errors(tmp_path, network, more, model)
    assert said in told


def test_outputs_of_one_controller_are_lamps_of_their_own(tmp_path: Path) -> None:
    other = POLE.split("[lamp.depot]")[1]
    assert errors(tmp_path, CHIRPSTACK, f"[lamp.yard]{other}channel = 1\n") == ()
    (told,) = errors(tmp_path, CHIRPSTACK, f"[lamp.yard]{other}channel = 0\n")
    assert "has channel 0 of this controller already" in told
