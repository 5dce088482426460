"""Topics by template: [uplink.topics], and what may stand in it (pure)."""

import re
from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct

from drivers.options import Options
from drivers.translation import _

Template = Annotated[str, Meta(max_length=256)]

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_POLE = ("site", "pole")
_TYPE = ("type", "type_levels", "type_underscored")
PLACEHOLDERS = {
    "event": (*_POLE, *_TYPE, "subject"),
    "state": (*_POLE, "device"),
    "status": _POLE,
    "command": _POLE,
    "response": _POLE,
    "confirm": _POLE,
}
"""What may stand in each template."""

_NEEDED = {"event": ("pole",), "state": ("pole", "device")}
"""Placeholders that a template must contain; any other template: the pole."""

_NAME = r"[a-z0-9_-]+"
_VARIES = {
    "type": (r"[a-z]+\.[a-z_]+", "bay.occupied"),
    "type_underscored": (r"[a-z]+_[a-z_]+", "bay_occupied"),
    "subject": (_NAME, "name-1"),
    "device": (_NAME, "name-1"),
}
"""A regular expression and an example of what each becomes; site and pole are the same in all topics of a pole."""


class TopicOptions(Options, frozen=True):
    """[uplink.topics]: where things are said and heard. {site} and {pole} are `site` and `id` of [pole].

    Args:
        event: {type} is "bay.occupied", {type_levels} "bay/occupied", {type_underscored} "bay_occupied"; {subject} is
            what the event is of.
        state: retained, of each {device}.
        status: retained, and the last will.
        command: where the pole listens.
        response: a response topic begins with it, and at least one level more.
        confirm: where the consumer of the events confirms what it has.
    """

    event: Template = "lamppost/{site}/{pole}/event/{type}"
    state: Template = "lamppost/{site}/{pole}/state/{device}"
    status: Template = "lamppost/{site}/{pole}/status"
    command: Template = "lamppost/{site}/{pole}/command"
    response: Template = "lamppost/{site}/{pole}/response"
    confirm: Template = "lamppost/{site}/{pole}/confirm"


class Mistake(Struct, frozen=True):
    """What is wrong with a template, and what is expected instead."""

    what: str
    expected: str


def mistake(name: str, template: str) -> Mistake | None:
    """The first thing that is wrong with one template by itself; None: nothing."""
    return next(_mistakes(name, template), None)


def _mistakes(name: str, template: str) -> Iterator[Mistake]:
    yield from _wrong_placeholders(name, template)
    yield from _wrong_levels(template)
    found = _PLACEHOLDER.findall(template)
    for needed in (each for each in _NEEDED.get(name, ("pole",)) if each not in found):
        yield Mistake(
            _('"{template}" lacks {{{name}}}').format(template=template, name=needed),
            _("expected it, or each {name} would have the same topic").format(name=needed),
        )


def _wrong_placeholders(name: str, template: str) -> Iterator[Mistake]:
    found, choice = _PLACEHOLDER.findall(template), ", ".join(f"{{{each}}}" for each in PLACEHOLDERS[name])
    if {"{", "}"} & set(_PLACEHOLDER.sub("", template)):
        yield Mistake(
            _('"{template}" has a brace without its partner').format(template=template),
            _("expected placeholders as in {choice}").format(choice=choice),
        )
    for unknown in (each for each in found if each not in PLACEHOLDERS[name]):
        yield Mistake(
            _("{{{name}}} is no placeholder of this topic").format(name=unknown),
            _("expected one of {choice}").format(choice=choice),
        )


def _wrong_levels(template: str) -> Iterator[Mistake]:
    for wildcard in (each for each in "+#" if each in template):
        yield Mistake(
            _('"{template}" holds the wildcard {wildcard}').format(template=template, wildcard=wildcard),
            _("expected the whole topic, for one pole"),
        )
    if "" in template.split("/"):
        yield Mistake(
            _('"{template}" has an empty level').format(template=template),
            _('expected something on both sides of each "/"'),
        )
    if template.startswith("$"):
        yield Mistake(
            _('"{template}" begins with $, which is for the broker alone').format(template=template),
            _("expected another first level"),
        )


def has_dot(template: str, with_type: bool) -> bool:
    """Whether a sound template makes topics with dots.

    Args:
        with_type: {type} counts, which has one.
    """
    return "." in template or (with_type and "{type}" in template)


def same(one: str, template: str, other: str, template_of_other: str) -> bool:
    """Whether two sound templates can make the same topic; `response` stands for all that begins with it."""
    levels, others = _levels(template), _levels(template_of_other)
    whole, begin = (others, levels) if one == "response" else (levels, others)
    if "response" in {one, other}:
        return len(whole) > len(begin) and _meet(whole[: len(begin)], begin)
    return len(levels) == len(others) and _meet(levels, others)


def is_heard(name: str, template: str, topic_filter: str) -> bool:
    """Whether a sound template can make a topic that a filter with "+" matches, whatever site and pole are called."""
    named = template.replace("{site}", "{subject}").replace("{pole}", "{subject}")
    levels, others = _levels(named), topic_filter.split("/")
    if name == "response":
        begins, others = len(others) > len(levels), others[: len(levels)]
    else:
        begins = len(others) == len(levels)
    return begins and all(
        other == "+" or re.fullmatch(pattern, other) for (pattern, _), other in zip(levels, others, strict=True)
    )


class Topics:
    """The topics of one pole.

    Args:
        options: templates in which nothing is wrong.
        site, pole: names without "/", "+" and "#".
    """

    def __init__(self, options: TopicOptions, site: str, pole: str) -> None:
        self.site, self.pole = site, pole
        self.status = options.status.format(site=site, pole=pole)
        self.command = options.command.format(site=site, pole=pole)
        self.confirm = options.confirm.format(site=site, pole=pole)
        self.response_prefix = options.response.format(site=site, pole=pole) + "/"
        self._options = options
        self._with_subject = "{subject}" in options.event
        self._of_type: dict[str, str] = {}

    def event(self, type: str, subject: str) -> str:
        topic = self._of_type.get(type)
        if topic is None:
            topic = self._of_type[type] = self._event(type)
        return topic.replace("{subject}", subject) if self._with_subject else topic

    def _event(self, type: str) -> str:
        """Returns the topic of all events of one type; the subject still stands there as a placeholder."""
        return self._options.event.format(
            site=self.site,
            pole=self.pole,
            type=type,
            type_levels=type.replace(".", "/"),
            type_underscored=type.replace(".", "_"),
            subject="{subject}",
        )

    def state(self, device: str) -> str:
        return self._options.state.format(site=self.site, pole=self.pole, device=device)


def _levels(template: str) -> list[tuple[str, str]]:
    """Returns for each level a regular expression of what it can be, and an example."""
    return [_level(each) for each in template.replace("{type_levels}", "{subject}/{subject}").split("/")]


def _level(text: str) -> tuple[str, str]:
    pattern, example = "", ""
    for at, part in enumerate(_PLACEHOLDER.split(text)):
        literal = f"{{{part}}}" if at % 2 else part
        varies = _VARIES.get(part) if at % 2 else None
        pattern += varies[0] if varies else re.escape(literal)
        example += varies[1] if varies else literal
    return pattern, example


def _meet(levels: list[tuple[str, str]], others: list[tuple[str, str]]) -> bool:
    return all(
        re.fullmatch(pattern, shown) or re.fullmatch(other, example)
        for (pattern, example), (other, shown) in zip(levels, others, strict=True)
    )
