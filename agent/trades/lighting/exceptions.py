"""Documents of the kind "lighting-exception": levels of lamps for some days, over what they follow."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, field

from agent.config.problems import nearest, one_of
from agent.config.schema import Config
from agent.trades.build import Components
from agent.trades.documents import Complain, DocumentKind, InForce
from agent.trades.lighting.calendar import Calendar, always
from agent.trades.lighting.dated import DatedLevel
from agent.trades.lighting.options import ProgramOptions
from agent.trades.lighting.part import LightingPart
from agent.trades.lighting.program import DARK, LIGHT
from agent.trades.lighting.tables import LightingTables
from drivers.options import Id, Options, Percent
from drivers.translation import _


class LightingException(Options, frozen=True):
    """A level of lamps, in place of what their programs say; floors, presence and overrides stay as they are.

    Args:
        lamps: names; none: every lamp of the pole.
        level_percent: 0: off.
        begin, end: `from` and `to`, times of each night as `on` and `off` of a program; neither: at all hours.
    """

    level_percent: Percent
    lamps: Annotated[tuple[Id, ...], Meta(max_length=64)] = ()
    begin: str | None = field(name="from", default=None)
    end: str | None = field(name="to", default=None)


def check(content: LightingException, config: Config, complain: Complain) -> None:
    known = config.of(LightingTables).lamp
    for at, name in enumerate(content.lamps):
        if name not in known:
            there = one_of(known) if known else _("the pole has none")
            complain(("lamps", at), _("there is no [lamp.{name}]").format(name=name), there, nearest(name, known))
    if not known and not content.lamps:
        complain("lamps", _("the pole has no lamp"))
    if (content.begin is None) != (content.end is None):
        missing = "from" if content.begin is None else "to"
        complain(missing, _("is missing"), _("expected both ends of the night, or neither"))
        return
    for key, time in (("from", content.begin), ("to", content.end)):
        if time in {DARK, LIGHT}:
            what = _('"{time}" is told by a photocell').format(time=time)
            complain(key, what, _('expected a sun event or a local time, for example "sunset" or "23:00"'))
            return
    try:
        _hours(content)
    except ValueError as error:
        complain("from", str(error))


async def apply(built: Components, documents: Sequence[InForce[LightingException]]) -> None:
    part = built.part(LightingPart)
    dated: defaultdict[str, list[DatedLevel]] = defaultdict(list)
    for each in documents:
        level = DatedLevel(each.name, each.content.level_percent, each.until, _hours(each.content))
        for lamp in each.content.lamps or part.names:
            dated[lamp].append(level)
    part.dated = {lamp: tuple(levels) for lamp, levels in dated.items()}


def _hours(content: LightingException) -> Calendar | None:
    """Raises ValueError, in words for a technician, for times that make no night."""
    if content.begin is None or content.end is None:
        return None
    return always(ProgramOptions(on=content.begin, off=content.end, level_percent=content.level_percent))


KIND = DocumentKind("lighting-exception", LightingException, check, apply)
