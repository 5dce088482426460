"""`lamppost schema`: what it prints is a JSON Schema, takes what is right, and refuses what is not."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from inspect import cleandoc
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec import structs
from stored import said, stored

from agent.cli import schema
from agent.clock import Moment
from agent.config.reader import tables
from agent.configuration import FILE
from agent.event_catalogue import EVENT_TYPES
from agent.events import Event
from agent.uplink.dialects import Topics
from agent.uplink.dialects.cloudevents import CloudEvents
from agent.uplink.dialects.topics import TopicOptions

CONFIG = Path(__file__).parents[3] / "config"


def valid(what: str, document: Any) -> bool:
    """JSON has no dates: an editor of TOML takes them for texts."""
    plain = json.loads(json.dumps(document, default=str))
    return Draft202012Validator(schema.schemas()[what]()).is_valid(plain)


@pytest.mark.parametrize("what", schema.schemas())
def test_the_command_prints_a_schema(what: str) -> None:
    printed = subprocess.run([sys.executable, "-m", "agent", "schema", what], capture_output=True, check=True).stdout
    Draft202012Validator.check_schema(json.loads(printed))


def patterns(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (value for key, value in part.items() if key == "pattern")
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from patterns(each)


def test_regular_expressions_are_those_of_json_schema() -> None:
    found = [each for make in schema.schemas().values() for each in patterns(make())]
    assert len(found) > 10
    assert not [each for each in found if "\\Z" in each or "(?P" in each]


@pytest.mark.parametrize("sample", sorted(CONFIG.rglob("*.toml")), ids=lambda sample: sample.stem)
def test_every_sample_is_right_by_the_schema(sample: Path) -> None:
    document = tomllib.loads(sample.read_text())
    assert valid("config" if "pole" in document else "rules", document)


@pytest.mark.parametrize(
    ("table", "key", "wrong"),
    [
        ("pole", "latitude", 91),
        ("pole", "status_period", "soon"),
        ("pole", "colour", "green"),
        ("uplink", "protocol", "4"),
        ("uplink", "in_flight", 0),
        ("store", "max_mb", "256"),
    ],
)
def test_what_is_wrong_in_a_file_is_wrong_by_the_schema(table: str, key: str, wrong: object) -> None:
    document = tomllib.loads((CONFIG / "lamppost.toml").read_text())
    document[table][key] = wrong
    assert not valid("config", document)


def test_uplinks_with_and_without_a_name_are_right_by_the_schema() -> None:
    document = tomllib.loads((CONFIG / "lamppost.toml").read_text())
    own = dict(document["uplink"])
    for uplinks in ({"lighting": own}, {**own, "lighting": own}, {"city": own, "lighting": {**own, "tls": {}}}):
        assert valid("config", document | {"uplink": uplinks})
    for uplinks in ({}, {"lighting": {}}, {**own, "lighting": {"host": 5}}):
        assert not valid("config", document | {"uplink": uplinks})


def test_every_key_of_the_configuration_is_in_the_schema() -> None:
    found = schema.config()["$defs"]
    for _, kind in tables(FILE):
        assert set(found[kind.__name__]["properties"]) >= {field.encode_name for field in structs.fields(kind)}
    assert found["BayOptions"]["properties"]["limit"]["description"].startswith(
        "how long one vehicle may stand; left out"
    )
    assert found["PoleOptions"]["properties"]["status_period"]["default"] == "5min"


OUTCOME = {"command_id": "c-1", "status": "done", "reason": "", "observed": 40.0}


def envelope(type: str = "command.outcome", data: dict[str, Any] = OUTCOME, **more: Any) -> dict[str, Any]:
    event = Event(type=type, subject="lamp-1", at=Moment(1.77e9, 5.0, "b", True), data=said(**data))
    dialect = CloudEvents(Topics(TopicOptions(), "rouen", "p1"))
    document: dict[str, Any] = json.loads(dialect.event(stored(event), **more).payload)
    return document


def test_an_event_is_right_by_the_schema_of_its_type() -> None:
    assert valid("events", envelope())
    assert valid(
        "events", envelope(replayed=True, traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    )


@pytest.mark.parametrize(
    "change",
    [
        {"type": "bay.freed"},
        {"type": "no.such"},
        {"data": OUTCOME | {"status": "perhaps"}},
        {"data": {key: value for key, value in OUTCOME.items() if key != "reason"}},
        {"timetrusted": "yes"},
        {"replayed": False},
    ],
)
def test_an_event_that_says_something_else_is_wrong(change: dict[str, Any]) -> None:
    assert not valid("events", envelope() | change)


def test_every_type_of_event_has_its_schema_with_words() -> None:
    found = schema.events()["$defs"]
    for name, kind in EVENT_TYPES.items():
        assert found[f"event.{name}"]["properties"]["type"] == {"const": name}
        for form in kind.schemas:
            assert found[form.__name__]["description"]
            assert "Args" not in found[form.__name__]["description"]


def test_a_command_to_the_pole_is_right_by_its_schema() -> None:
    order = {"id": "p-1", "action": "pole.restart", "data": {}, "expires": "2099-01-01T00:00:00Z", "signature": "AA=="}
    assert valid("command", order)
    assert not valid("command", order | {"data": 5})
    assert not valid("command", order | {"value": 5})


def test_a_command_is_right_by_its_schema() -> None:
    order = {"id": "c-1", "device": "lamp-1", "action": "override", "value": 80, "expires": "2099-01-01T00:00:00Z"}
    assert valid("command", order)
    assert not valid("command", order | {"level": 80})
    assert not valid("command", order | {"value": "80"})


def test_a_document_is_right_by_the_schema_of_its_kind() -> None:
    until = {"valid_until": "2099-01-01T00:00:00Z"}
    closure = {"kind": "closure", "name": "works", "content": {"bays": ["bay-1"]}} | until
    assert valid("documents", closure)
    assert valid("documents", {"kind": "lighting-exception", "name": "all", "content": {"level_percent": 5}} | until)
    assert not valid("documents", closure | {"content": {"level_percent": 5}})
    assert not valid("documents", closure | {"kind": "permit"})
    assert not valid("documents", {key: closure[key] for key in ("kind", "name", "content")})


def test_keys_may_be_added_to_what_a_pole_says() -> None:
    """A subscriber that validates by the schema of yesterday must not refuse the events of tomorrow."""
    said = deepcopy(envelope())
    said["data"]["more"] = said["more"] = 1
    assert valid("events", said)


def test_what_a_docstring_says_is_told_with_and_without_its_indentation() -> None:
    """The compiler takes the indentation away from Python 3.13 on."""
    for _, kind in tables(FILE):
        as_written = indent(cleandoc(kind.__doc__ or ""), " " * 4).lstrip()
        assert schema.arguments(as_written) == schema.arguments(cleandoc(as_written))
    text = "One.\n\n    Args:\n        a, b_s: words\n            that go on.\n        c: more\n\n    Raises E.\n    "
    assert schema.arguments(text) == {"a": "words that go on.", "b_s": "words that go on.", "c": "more"}


def test_each_key_that_a_docstring_names_has_its_words_in_the_schema() -> None:
    found = schema.config()["$defs"]
    named = {
        (kind.__name__, name)
        for _, kind in tables(FILE)
        for names in re.findall(r"^ +(\w[\w, ]*): ", (kind.__doc__ or "").partition("Args:")[2], re.MULTILINE)
        for name in names.split(", ")
    }
    fields = {
        (kind.__name__, field.name): field.encode_name for _, kind in tables(FILE) for field in structs.fields(kind)
    }
    told = {where for where in named & fields.keys() if "description" in found[where[0]]["properties"][fields[where]]}
    assert len(named & fields.keys()) > 60
    assert told == named & fields.keys()
