"""Every type of event has one struct that says what it tells, and docs/events.md is in step with it."""

import re
from pathlib import Path

import pytest
from msgspec import structs

from agent import events
from agent.event_catalogue import EVENT_TYPES, WrongData, checked
from agent.events import Priority

PAGE = (Path(__file__).parents[3] / "docs" / "events.md").read_text()
ROWS = re.findall(r"^\| `([a-z]+\.[a-z_]+)` \| ([AET]) \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)


def test_every_type_has_a_struct() -> None:
    types = {value for name, value in vars(events).items() if name.isupper() and isinstance(value, str)}
    assert EVENT_TYPES.keys() == types
    assert len(types) >= 17


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_page_names_every_key_of_a_type_and_its_priority(name: str) -> None:
    (row,) = (row for row in ROWS if row[0] == name)
    _, letter, _, told = row
    assert letter == EVENT_TYPES[name].priority.name[0]
    while told == "the same":
        row = ROWS[ROWS.index(row) - 1]
        told = row[3]
    if told.startswith("by `reason`"):
        told = PAGE[PAGE.index("`store.gap` tells by its `reason`") :]
    for form in EVENT_TYPES[name].schemas:
        for field in structs.fields(form):
            assert f"`{field.encode_name}`" in told, f"docs/events.md does not name {field.encode_name} of {name}"


def test_telemetry_that_the_next_one_replaces_expires_and_events_never_do() -> None:
    expiring = {name for name, kind in EVENT_TYPES.items() if kind.expires_s is not None}
    assert {"telemetry.reading", "pole.status"} <= expiring
    assert all(EVENT_TYPES[name].priority is Priority.TELEMETRY for name in expiring)
    assert "kerb.statistics" not in expiring, "a count is told once"


RIGHT = {"reason": "full", "dropped": 3, "previously_reported": 0, "by_type": {"bay.freed": 3}} | {
    "first": "2026-01-01T00:00:00.000Z", "last": "2026-01-01T00:00:01.000Z", "times_trusted": True,
}  # fmt: skip


def test_right_data_is_its_struct() -> None:
    assert checked("store.gap", RIGHT).dropped == 3
    assert checked("store.gap", {"reason": "unreadable", "dropped": 1}).dropped == 1


@pytest.mark.parametrize(
    ("type", "data", "words"),
    [
        ("no.such", {}, "no type of event"),
        ("store.gap", RIGHT | {"reason": "bored"}, "bored"),
        ("store.gap", RIGHT | {"dropped": "3"}, "dropped"),
        ("store.gap", RIGHT | {"more": 1}, "data.more"),
        ("line.device_up", {}, "down_s"),
        (
            "kerb.statistics",
            {"category": "loading", "period_s": 900, "stays": None, "minimum_count": 5, "interrupted": False}
            | {"dwell": [{"below_s": None, "stays": 7, "plates": ["AB-123-CD"]}]},
            "data.dwell[].plates",
        ),
    ],
)
def test_wrong_data_is_refused_in_words(type: str, data: dict[str, object], words: str) -> None:
    with pytest.raises(WrongData, match=re.escape(words)):
        checked(type, data)
