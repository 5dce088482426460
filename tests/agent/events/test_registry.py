"""Every type of event has one struct that says what it tells, and docs/events.md is in step with it."""

import json
import re
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest
from event_rows import rows
from msgspec import structs
from stored import conforms

from agent import events
from agent.clock import Moment
from agent.event_catalogue import EVENT_TYPES, KINDS
from agent.events import Data, Priority, sensors
from agent.events.devices import CameraCondition, DeviceDown
from agent.events.registry import event

PAGE = (Path(__file__).parents[3] / "docs" / "events.md").read_text()
ROWS = rows(PAGE)
NAMING = (events, sensors, *(module for kinds in KINDS for module in kinds.event_types))


def _words(value: object) -> tuple[str, ...]:
    """The words of a name, or of several in a row."""
    return (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()


def test_every_type_has_a_struct() -> None:
    named = [value for module in NAMING for name, value in vars(module).items() if name.isupper()]
    types = {each for value in named for each in _words(value) if "." in each}
    assert EVENT_TYPES.keys() == types
    assert len(types) >= 17


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_page_names_every_key_of_a_type_and_its_priority(name: str) -> None:
    letter, told = ROWS[name]
    assert letter == EVENT_TYPES[name].priority.name[0]
    if told.startswith("by `reason`"):
        told = PAGE[PAGE.index("`store.gap` tells by its `reason`") :]
    if told.endswith("and by `kind`"):
        told += PAGE[PAGE.index("### Security events") :].partition("```json")[0]
    for form in EVENT_TYPES[name].schemas:
        for field in structs.fields(form):
            assert f"`{field.encode_name}`" in told, f"docs/events.md does not name {field.encode_name} of {name}"


def test_telemetry_that_the_next_one_replaces_expires_and_events_never_do() -> None:
    expiring = {name for name, kind in EVENT_TYPES.items() if kind.expires_s is not None}
    assert {"telemetry.reading", "pole.status"} <= expiring
    assert all(EVENT_TYPES[name].priority is Priority.TELEMETRY for name in expiring)
    assert "kerb.statistics" not in expiring, "a count is told once"


NOW = Moment(1.77e9, 5.0, "b", True)


class Plain(Data, frozen=True):
    n: int


def test_a_struct_knows_its_type_and_its_priority() -> None:
    told = event(DeviceDown(reason="silent"), "lamp-1", NOW)
    assert (told.type, told.priority, told.subject, told.at) == ("line.device_down", Priority.ALARM, "lamp-1", NOW)
    assert told.id != event(DeviceDown(reason="silent"), "lamp-1", NOW).id


def test_a_struct_of_several_types_is_told_as_the_one_that_is_named() -> None:
    told = CameraCondition(condition="blocked", active=True, detail="")
    assert event(told, "cam", NOW, type="camera.tampered").type == "camera.tampered"
    with pytest.raises(TypeError, match=r"CameraCondition tells of camera\.tampered or camera\.degraded, not of None"):
        event(told, "cam", NOW)
    with pytest.raises(TypeError, match=r"not of lamp\.failure"):
        event(told, "cam", NOW, type="lamp.failure")
    with pytest.raises(TypeError, match="Plain tells of no type of event"):
        event(Plain(n=1), "cam", NOW)


RIGHT = {"reason": "full", "dropped": 3, "previously_reported": 0, "by_type": {"bay.freed": 3}} | {
    "first": "2026-01-01T00:00:00.000Z", "last": "2026-01-01T00:00:01.000Z", "times_trusted": True,
}  # fmt: skip


def test_one_of_several_forms_is_told_by_its_tag() -> None:
    assert conforms("store.gap", RIGHT).dropped == 3
    assert conforms("store.gap", {"reason": "unreadable", "dropped": 1}).dropped == 1
    with pytest.raises(msgspec.ValidationError, match="bored"):
        conforms("store.gap", RIGHT | {"reason": "bored"})


def test_every_event_that_the_page_shows_is_one() -> None:
    blocks = [json.loads(block) for block in re.findall(r"```json\n(\{\"specversion.+?)```", PAGE, re.DOTALL)]
    assert {shown["type"] for shown in blocks} == {"command.outcome", "pole.part_failed", "security.event"}
    for shown in blocks:
        conforms(shown["type"], shown["data"])


def test_the_table_of_security_events_has_every_kind_and_reason() -> None:
    table = PAGE[PAGE.index("### Security events") :].partition("```json")[0]
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| .+ \| (.+) \|$", table, re.MULTILINE))
    forms = {str(form.__struct_config__.tag): form for form in EVENT_TYPES["security.event"].schemas}
    del rows["kind"]
    assert rows.keys() == forms.keys()
    for kind, form in forms.items():
        for name, hint in get_type_hints(form).items():
            words = get_args(hint) if get_origin(hint) is Literal else ()
            assert name == "held_back" or f"`{name}`" in rows[kind], f"{name} of {kind}"
            assert [word for word in words if f"`{word}`" not in rows[kind]] == []
