"""docs/events.md keeps to the code."""

import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from event_rows import rows

from agent.commands.actions import order_of
from agent.commands.resend import ResendData, ResendEvents
from agent.event_catalogue import EVENT_TYPES
from agent.uplink.commands import PoleCommand, command
from agent.uplink.confirmations import Confirmation, confirmation
from agent.uplink.dialects import Topics
from agent.uplink.dialects.cloudevents import CloudEvents
from agent.uplink.dialects.topics import TopicOptions
from agent.uplink.signature import refusal
from drivers.base import Command

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "events.md").read_text()
PROGRAMS = re.findall(r"^```python\n(.+?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_every_type_has_its_line() -> None:
    told = rows(PAGE).keys()
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
        *("events.resend", "events.resend", "pole.diagnose", "pole.restart"),
        *("configuration.set", "configuration.set", "configuration.set", "configuration.get"),
    ]


def test_what_the_page_signs_is_what_the_pole_believes() -> None:
    (code,) = [each for each in PROGRAMS if "def signed" in each]
    names: dict[str, Any] = {}
    exec(code, names)
    private = Ed25519PrivateKey.generate()
    message = {"id": "p-1", "action": "notice.set", "data": {"text": "é", "n": 5, "a": [True, None]}, "pole": "a/p1"}
    heard = command(json.dumps(names["signed"](message, private)).encode())
    assert isinstance(heard, PoleCommand)
    key = b64encode(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    assert refusal(key, heard.signed, heard.signature) is None


def test_behind_each_promise_is_a_test_that_there_is() -> None:
    _, _, part = PAGE.partition("## What a consumer may rely on\n")
    table = part.partition("\n## ")[0]
    named = re.findall(r"^\| .+ \| `(tests/[a-z_/]+\.py)::(test_[a-z0-9_]+)` \|$", table, re.MULTILINE)
    assert len(named) == len([line for line in table.splitlines() if line.startswith("| ")]) - 2
    missing = [f"{file}::{test}" for file, test in named if f"def {test}(" not in (ROOT / file).read_text()]
    assert missing == []


def test_every_confirmation_and_every_resend_of_the_page_is_one() -> None:
    (told,) = re.findall(r'^(\{"sequence": \d.+\})$', PAGE, re.MULTILINE)
    assert isinstance(confirmation(told.encode()), Confirmation)
    heard = [command(each.encode()) for each in re.findall(r'^(\{"id": "p-.+resend.+\})$', PAGE, re.MULTILINE)]
    assert [type(order_of(ResendEvents(dict), each, "").data) for each in heard] == [ResendData, ResendData]  # type: ignore[arg-type]


def test_the_consumer_of_the_page_has_fifty_lines_at_most() -> None:
    (code,) = [each for each in PROGRAMS if "/confirm" in each]
    assert len(code.splitlines()) <= 50
    compile(code, "keep.py", "exec")


def test_topics_of_the_page_are_those_of_the_dialect() -> None:
    dialect = CloudEvents(Topics(TopicOptions(), "SITE", "POLE"))
    assert f"`{dialect.command_topic}`" in PAGE
    assert f"`{dialect.confirm_topic}`" in PAGE
    assert f"`{dialect.status(True).topic}`" in PAGE
    assert f"`{dialect.source}`" in PAGE
