"""A presumption accuses nobody in whatever dialect it is told: each that stands in the registry is tried."""

import re
from typing import Any

import pytest
from msgspec import structs
from stored import conforms, stored

from agent.clock import Moment
from agent.events.registry import event
from agent.trades.parking.event_types import BAY_OVERSTAY, BAY_OVERSTAY_PRESUMED
from agent.trades.parking.retained import Bay
from agent.uplink.dialects import DIALECTS, Dialect, Topics
from agent.uplink.dialects.topics import TopicOptions
from drivers.mqtt.message import Message

AT = Moment(1_770_000_000.0, 5.0, "b", True)
EXCEEDING: dict[str, Any] = {
    "stay": "s-1",
    "entered_at": "2026-02-02T01:40:00.000Z",
    "stage": "grace",
    "standing_s": 3600.0,
    "standing_exact": True,
    "charge_s": 60.0,
    "counted_s": 3600.0,
    "limit_s": 600.0,
    "grace_s": 300.0,
    "category": "blue_zone",
    "rule": "blue",
    "order": "market",
    "order_digest": "ab12",
    "user": None,
    "place": None,
    "exempt": [],
    "evidence": "bay_sensor",
}
PRESUMED = EXCEEDING | {"continuity": "presumed", "grounds": ["looks_seldom"], "wording": "presumed"}
PROVEN = EXCEEDING | {
    "continuity": "certain",
    "charge_since": "2026-02-02T01:40:00.000Z",
    "told_before": False,
    "longest_gap_s": 3.0,
    "clock_source": "ntp",
    "clock_error_s": 0.01,
    "clock_kept_by": "chrony",
    "clock_reference": "a server",
    "clock_updated_at": None,
    "clock_authenticated": False,
    "sensor_conditions": [],
    "article": "R417-3",
    "class": 2,
    "law": "Code de la route (France)",
    "statement": "suspected: stands longer than it may",
    "wording": "suspected",
}
ACCUSES = re.compile(
    rb"violat|infring|infraction|offen[cs]e|contravention|suspect|guilt|penalt|\bfines?\b|citation|"
    rb'"(article|law|class|fine_class|statement|charge_since)"',
    re.IGNORECASE,
)
"""Words of an accusation, and the keys of an event that say one."""


TEMPLATES = ("event/{type}", "event/{type_levels}", "event/{type_underscored}", "{subject}/event")

each_dialect = pytest.mark.parametrize("name", DIALECTS)
each_way = pytest.mark.parametrize("template", TEMPLATES)


def spoken(name: str, template: str = TEMPLATES[0]) -> Dialect:
    return DIALECTS[name].speaks(Topics(TopicOptions(event="town/{site}/{pole}/" + template), "rouen", "p-17"))


def told(dialect: Dialect, type: str, data: dict[str, Any], replayed: bool = False) -> Message:
    return dialect.event(stored(event(conforms(type, data), "bay-1", AT)), replayed)


def words(message: Message) -> bytes:
    """All that a broker hands on of a message."""
    return b"\n".join((message.topic.encode(), message.content_type.encode(), message.payload))


def is_accused(dialect: Dialect) -> bool:
    """Whether anything that the dialect makes of a presumption accuses somebody, or does not say what it is."""
    messages = [words(told(dialect, BAY_OVERSTAY_PRESUMED, PRESUMED, replayed)) for replayed in (False, True)]
    return any(ACCUSES.search(each) or b"presumed" not in each for each in messages)


@each_dialect
@each_way
def test_promise_a_presumption_is_mapped_to_no_violation(name: str, template: str) -> None:
    assert not is_accused(spoken(name, template))


@each_dialect
@each_way
def test_what_is_proven_is_told_as_something_else(name: str, template: str) -> None:
    """Whoever takes what is proven for a violation never gets a presumption."""
    dialect = spoken(name, template)
    proven = words(told(dialect, BAY_OVERSTAY, PROVEN))
    assert ACCUSES.search(proven) and b"presumed" not in proven


class Violations:
    """A dialect that tells whatever exceeds an order as a violation, on a topic or in a field."""

    def __init__(self, honest: Dialect, **changed: Any) -> None:
        self._honest, self._changed = honest, changed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._honest, name)

    def event(self, *told: Any) -> Message:
        return structs.replace(self._honest.event(*told), **self._changed)


@each_dialect
@pytest.mark.parametrize(
    "changed",
    [
        {"topic": "town/ParkingViolation"},
        {"payload": b'{"type": "OffStreetParkingInfraction", "continuity": "presumed"}'},
        {"payload": b'{"type": "presumed", "article": null}'},
        {"topic": "town/bay.overstay", "payload": b'{"bay": "bay-1", "counted_s": 3600.0}'},
    ],
)
def test_a_dialect_that_does_so_is_found(name: str, changed: dict[str, Any]) -> None:
    wrong: Any = Violations(spoken(name), **changed)
    assert is_accused(wrong)


@each_dialect
def test_the_retained_state_keeps_them_apart(name: str) -> None:
    bay, dialect = Bay("occupied", "blue_zone", "s-1", continuity="presumed", overstay_presumed="grace"), spoken(name)
    presumed = words(dialect.state("bay-1", bay, AT))
    assert b"presumed" in presumed and not ACCUSES.search(presumed)
    assert presumed != words(dialect.state("bay-1", structs.replace(bay, overstay="grace", overstay_presumed=None), AT))
