"""docs/events.md keeps to the code."""

import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.event_catalogue import EVENT_TYPES
from agent.uplink.commands import PoleCommand, command
from agent.uplink.dialects import Topics
from agent.uplink.dialects.cloudevents import CloudEvents
from agent.uplink.dialects.topics import TopicOptions
from agent.uplink.signature import refusal
from drivers.base import Command

PAGE = (Path(__file__).parents[3] / "docs" / "events.md").read_text()


def test_every_type_has_its_line() -> None:
    told = set(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \| [AET] \|", PAGE, re.MULTILINE))
    assert told == EVENT_TYPES.keys()
    assert len(told) >= 17


def test_every_command_of_the_page_is_one() -> None:
    examples = re.findall(r" -m '(.+)'$", PAGE, re.MULTILINE) + re.findall(r'^(\{"id": "c-.+\})$', PAGE, re.MULTILINE)
    assert len(examples) == 3
    assert all(isinstance(command(example.encode()), Command) for example in examples)


def test_every_command_to_the_pole_of_the_page_is_one() -> None:
    examples = re.findall(r'^(\{"id": "p-.+\})$', PAGE, re.MULTILINE)
    heard = [command(example.encode()) for example in examples]
    assert [each.action for each in heard if isinstance(each, PoleCommand)] == [
        *("pole.diagnose", "pole.restart"),
        *("configuration.set", "configuration.set", "configuration.set", "configuration.get"),
    ]


def test_what_the_page_signs_is_what_the_pole_believes() -> None:
    (code,) = re.findall(r"^```python\n(.+?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    private = Ed25519PrivateKey.generate()
    message = {"id": "p-1", "action": "notice.set", "data": {"text": "é", "n": 5, "a": [True, None]}, "pole": "a/p1"}
    heard = command(json.dumps(names["signed"](message, private)).encode())
    assert isinstance(heard, PoleCommand)
    key = b64encode(private.public_key().public_bytes_raw()).decode()
    assert refusal(key, heard.signed, heard.signature) is None


def test_topics_of_the_page_are_those_of_the_dialect() -> None:
    dialect = CloudEvents(Topics(TopicOptions(), "SITE", "POLE"))
    assert f"`{dialect.command_topic}`" in PAGE
    assert f"`{dialect.status(True).topic}`" in PAGE
    assert f"`{dialect.source}`" in PAGE
