"""`events` of each uplink: types that there are, and none that nobody gets."""

from collections.abc import Collection, Mapping

from agent.config.problems import Report, nearest, one_of
from agent.config.reader import Table
from agent.events import POLE_BIRTH, POLE_STATUS, configuration, devices, documents, gaps, parts, pole
from agent.events.registry import EVENT_TYPES
from agent.uplink.choice import Choice
from drivers.translation import _

_REGISTERING = (configuration, devices, documents, gaps, parts, pole)
"""The types that every pole has; those of the trades are there once their tables are."""

_MOST_NAMED = 5


def check(uplinks: Mapping[str, Table], report: Report) -> None:
    known = {*EVENT_TYPES, POLE_BIRTH, POLE_STATUS}
    for uplink in uplinks.values():
        for at, glob in enumerate(uplink.values.get("events", ())):
            if not Choice([glob]).takes_any(known):
                what = _('no type of event is "{glob}"').format(glob=glob)
                report.error(uplink.path, ("events", at), what, _families(known), nearest(glob, known))
    if uplinks and all("events" in uplink.values for uplink in uplinks.values()):
        _untold(uplinks, known, report)


def _families(known: Collection[str]) -> str:
    return one_of(sorted({f"{type.partition('.')[0]}.*" for type in known}))


def _untold(uplinks: Mapping[str, Table], known: Collection[str], report: Report) -> None:
    """Warns of what never leaves the pole, at the first uplink."""
    taken = Choice(glob for uplink in uplinks.values() for glob in uplink.values["events"])
    untold = sorted(type for type in known if not taken.takes(type))
    if untold:
        named = ", ".join(untold[:_MOST_NAMED]) + (", ..." if len(untold) > _MOST_NAMED else "")
        what = _("no uplink gets {types}").format(types=named)
        first = next(iter(uplinks.values()))
        report.warning(first.path, "events", what, _("these never leave the pole"))
