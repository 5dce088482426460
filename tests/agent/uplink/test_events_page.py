"""docs/events.md keeps to the code."""

import re
from pathlib import Path

from agent import events
from agent.uplink.cloudevents import CloudEvents
from agent.uplink.commands import command
from drivers.base import Command

PAGE = (Path(__file__).parents[3] / "docs" / "events.md").read_text()


def test_every_type_has_its_line() -> None:
    types = {value for name, value in vars(events).items() if name.isupper() and isinstance(value, str)}
    told = set(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \| [AET] \|", PAGE, re.MULTILINE))
    assert told == types
    assert len(types) >= 17


def test_every_command_of_the_page_is_one() -> None:
    examples = re.findall(r" -m '(.+)'$", PAGE, re.MULTILINE) + re.findall(r'^(\{"id": "c-.+\})$', PAGE, re.MULTILINE)
    assert len(examples) == 3
    assert all(isinstance(command(example.encode()), Command) for example in examples)


def test_topics_of_the_page_are_those_of_the_dialect() -> None:
    dialect = CloudEvents("SITE", "POLE")
    assert f"`{dialect.command_topic}`" in PAGE
    assert f"`{dialect.status_topic}`" in PAGE
    assert f"`{dialect.source}`" in PAGE
