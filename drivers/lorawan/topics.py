"""Topics of network servers, as templates (pure)."""

import re
from typing import NamedTuple

from drivers.translation import _

DEVICE_ID = "{device_id}"
PLACES = ("{dev_eui}", "{DEV_EUI}", DEVICE_ID)
_PLACE = re.compile(r"\{[^{}]*\}")


class TopicMistake(NamedTuple):
    """What is wrong with a template, and what would be right."""

    what: str
    expected: str


def mistake(template: str) -> TopicMistake | None:
    """What is wrong with it; None: nothing."""
    expected = _("expected a topic with {places}").format(places=_(" or ").join(PLACES))
    if unknown := [each for each in _PLACE.findall(template) if each not in PLACES]:
        return TopicMistake(
            _('there is no {place} in "{template}"').format(place=unknown[0], template=template), expected
        )
    levels = _PLACE.sub("x", template).split("/")
    if any("#" in each or ("+" in each and each != "+") or "\0" in each for each in levels):
        return TopicMistake(
            _('"{template}" is no topic: + stands alone between two slashes').format(template=template), expected
        )
    return None


def names_devices(template: str) -> bool:
    """Whether each device has a topic of its own."""
    return any(each in template for each in PLACES)


def filled(template: str, eui: str, device_id: str | None) -> str:
    """The topic of one device; where nobody has given the name that belongs there, those of all."""
    if device_id is None:
        template = "/".join("+" if DEVICE_ID in level else level for level in template.split("/"))
    names = dict(zip(PLACES, (eui, eui.upper(), device_id or ""), strict=True))
    return _PLACE.sub(lambda place: names.get(place[0], place[0]), template)


def of_all(template: str) -> str:
    """The topics of all devices: a level that names one is any."""
    return "/".join("+" if _PLACE.search(level) else level for level in template.split("/"))
