"""Topics by template: what may stand in one, which are too much alike, and what they become."""

import itertools

import pytest
from msgspec import structs

from agent.event_catalogue import EVENT_TYPES
from agent.uplink.dialects.topics import PLACEHOLDERS, TopicOptions, Topics, mistake, same

DEFAULTS = structs.asdict(TopicOptions())


def test_defaults_are_sound_and_each_has_topics_of_its_own() -> None:
    assert DEFAULTS.keys() == PLACEHOLDERS.keys()
    assert all(mistake(name, template) is None for name, template in DEFAULTS.items())
    assert not any(same(a, DEFAULTS[a], b, DEFAULTS[b]) for a, b in itertools.permutations(DEFAULTS, 2))


@pytest.mark.parametrize(
    ("name", "template", "what"),
    [
        ("event", "t/{pole}/{town}", "{town} is no placeholder of this topic"),
        ("state", "t/{pole}/{device}/{type}", "{type} is no placeholder of this topic"),
        ("event", "t/{pole}/{}", "{} is no placeholder of this topic"),
        ("event", "t/{pole}/{type!r}", "{type!r} is no placeholder of this topic"),
        ("event", "t/{pole}/{type", "a brace without its partner"),
        ("event", "t/{pole}/type}", "a brace without its partner"),
        ("event", "t/{pole}/{{type}}", "a brace without its partner"),
        ("event", "t/{pole}/+/{type}", "holds the wildcard +"),
        ("command", "t/{pole}/#", "holds the wildcard #"),
        ("event", "/t/{pole}/{type}", "has an empty level"),
        ("event", "t//{pole}/{type}", "has an empty level"),
        ("status", "t/{pole}/", "has an empty level"),
        ("status", "$SYS/{pole}", "begins with $"),
        ("event", "t/{site}/{type}", "lacks {pole}"),
        ("command", "t/command", "lacks {pole}"),
        ("state", "t/{pole}/state", "lacks {device}"),
    ],
)
def test_what_is_wrong_with_a_template_is_said(name: str, template: str, what: str) -> None:
    found = mistake(name, template)
    assert found is not None and what in found.what and found.expected.startswith("expected ")


@pytest.mark.parametrize(
    ("one", "template", "other", "template_of_other", "alike"),
    [
        ("status", "t/{pole}", "command", "t/{pole}", True),
        ("status", "t/{pole}/a", "command", "t/{pole}/b", False),
        ("event", "t/{pole}/{type}", "status", "t/{pole}/status", False),
        ("event", "t/{pole}/{subject}", "status", "t/{pole}/status", True),
        ("event", "t/{pole}/{type_levels}", "state", "t/{pole}/state/{device}", True),
        ("event", "t/{pole}/{type}", "state", "t/{pole}/{device}", False),
        ("event", "t/{pole}/{type_underscored}", "state", "t/{pole}/{device}", True),
        ("event", "t/{pole}/e-{type}", "state", "t/{pole}/s-{device}", False),
        ("response", "t/{pole}", "command", "t/{pole}/command", True),
        ("response", "t/{pole}/r", "command", "t/{pole}/r", False),
        ("response", "t/{pole}/r", "event", "t/{pole}/{subject}/{type}", True),
    ],
)
def test_templates_that_can_make_the_same_topic(
    one: str, template: str, other: str, template_of_other: str, alike: bool
) -> None:
    assert same(one, template, other, template_of_other) is alike
    assert same(other, template_of_other, one, template) is alike


@pytest.mark.parametrize(
    ("template", "topic"),
    [
        ("lamppost/{site}/{pole}/event/{type}", "lamppost/rouen/p1/event/bay.occupied"),
        ("{site}/{pole}/{type_levels}", "rouen/p1/bay/occupied"),
        ("{site}/{pole}/{subject}/{type_underscored}", "rouen/p1/bay-1/bay_occupied"),
    ],
)
def test_the_topic_of_an_event(template: str, topic: str) -> None:
    assert Topics(TopicOptions(event=template), "rouen", "p1").event("bay.occupied", "bay-1") == topic


def test_the_other_topics() -> None:
    own = TopicOptions(state="s/{pole}/{device}", status="a/{pole}", command="c/{pole}", response="r/{pole}")
    topics = Topics(own, "rouen", "p1")
    found = (topics.state("lamp-1"), topics.status, topics.command, topics.response_prefix)
    assert found == ("s/p1/lamp-1", "a/p1", "c/p1", "r/p1/")


@pytest.mark.parametrize("form", ["{type}", "{type_levels}", "{type_underscored}"])
def test_each_type_of_event_has_its_own_topic_in_each_form(form: str) -> None:
    topics = Topics(TopicOptions(event="{pole}/" + form), "rouen", "p1")
    assert len({topics.event(type, "b") for type in EVENT_TYPES}) == len(EVENT_TYPES)
