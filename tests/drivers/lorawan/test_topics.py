"""Topics of network servers, as templates."""

import pytest

from drivers.lorawan import NetworkOptions, topics
from drivers.lorawan.servers import SERVERS

EUI = "70b3d5a1c0de0001"


@pytest.mark.parametrize(
    ("template", "topic", "of_all"),
    [
        ("a/+/device/{dev_eui}/event/up", f"a/+/device/{EUI}/event/up", "a/+/device/+/event/up"),
        ("things/{DEV_EUI}/uplink", f"things/{EUI.upper()}/uplink", "things/+/uplink"),
        ("v3/a@t/devices/{device_id}/up", "v3/a@t/devices/+/up", "v3/a@t/devices/+/up"),
        ("a/eui-{dev_eui}/up", f"a/eui-{EUI}/up", "a/+/up"),
        ("town/up", "town/up", "town/up"),
    ],
)
def test_a_template_is_filled_for_one_and_for_all(template: str, topic: str, of_all: str) -> None:
    assert topics.mistake(template) is None
    assert topics.filled(template, EUI, None) == topic
    assert topics.of_all(template) == of_all
    assert topics.names_devices(template) == (template != "town/up")


def test_a_name_that_was_given_stands_in_the_topic() -> None:
    assert topics.filled("v3/a@t/devices/{device_id}/up", EUI, "disc-1") == "v3/a@t/devices/disc-1/up"


@pytest.mark.parametrize("template", ["a/#", "a/b+/c", "a/{eui}/b", "a/\0"])
def test_what_is_no_topic(template: str) -> None:
    assert topics.mistake(template) is not None


def test_the_topics_of_every_server_are_sound() -> None:
    assert all(each.topic is None or topics.mistake(each.topic) is None for each in SERVERS.values())
    assert NetworkOptions.hears({"server": "tts", "topic": None}) == ("v3/+/devices/+/up",)
    assert NetworkOptions.hears({"server": "loriot", "topic": None}) == ()
    assert NetworkOptions.hears({"server": "loriot", "topic": "town/{dev_eui}"}) == ("town/+",)
