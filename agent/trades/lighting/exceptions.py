"""Documents of the kind "lighting-exception": levels of lamps for some days, over what they follow."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Meta, field

from agent.config.reader import Table
from agent.config.schema import Config
from agent.trades.build import Components
from agent.trades.documents import Complain, DocumentKind, InForce, members
from agent.trades.lighting.crosscheck.switching import WHOLE
from agent.trades.lighting.options import ProgramOptions
from agent.trades.lighting.part import LightingPart
from agent.trades.lighting.plan.calendar import Calendar, always
from agent.trades.lighting.plan.dated import DatedLevel, meets
from agent.trades.lighting.plan.program import DARK, LIGHT
from agent.trades.lighting.plan.sun import Place
from agent.trades.lighting.plan.times import parse
from agent.trades.lighting.switched import first_switched, no_level
from agent.trades.lighting.tables import LightingTables
from drivers.options import Id, Options, Percent
from drivers.translation import _


class LightingException(Options, frozen=True):
    """A level of lamps, in place of what their programs say; floors, presence and overrides stay as they are.

    Args:
        lamps: names of lamps and of groups of these; none: every lamp of the pole.
        level_percent: 0: off.
        begin, end: `from` and `to`, times of each night as `on` and `off` of a program; neither: at all hours.
    """

    level_percent: Percent
    lamps: Annotated[tuple[Id, ...], Meta(max_length=64)] = ()
    begin: str | None = field(name="from", default=None)
    end: str | None = field(name="to", default=None)


def check(content: Table, config: Config, complain: Complain) -> None:
    if content.values.get("lamps") == () and not config.of(LightingTables).lamp:
        complain("lamps", _("the pole has no lamp"))
    _check_level(content, config, complain)
    if (both := content.values_of("begin", "end")) is None:
        return
    ends = dict(zip(("from", "to"), both, strict=True))
    wrong = {key: problem for key, time in ends.items() if (problem := _problem_of(time, ends))}
    for key, problem in wrong.items():
        complain(key, *problem)
    if wrong:
        return
    try:
        _hours(*both)
    except ValueError as error:
        complain("from", str(error))


def _check_level(content: Table, config: Config, complain: Complain) -> None:
    """Complains of a level between for a lamp that only switches."""
    said = content.values_of("level_percent", "lamps")
    if said is not None and said[0] not in WHOLE and (lamp := first_switched(said[1], config)):
        complain("level_percent", *no_level(said[0], lamp))


def _problem_of(time: str | None, ends: Mapping[str, str | None]) -> tuple[str, ...]:
    """What is wrong with one end of the night, in words for a technician; empty: nothing."""
    if time is None:
        neither = all(each is None for each in ends.values())
        return () if neither else (_("is missing"), _("expected both ends of the night, or neither"))
    if time in {DARK, LIGHT}:
        what = _('"{time}" is told by a photocell').format(time=time)
        return what, _('expected a sun event or a local time, for example "sunset" or "23:00"')
    try:
        parse(time)
    except ValueError as error:
        return (str(error),)
    return ()


async def apply(built: Components, config: Config, documents: Sequence[InForce[LightingException]]) -> None:
    part = built.part(LightingPart)
    dated: defaultdict[str, list[DatedLevel]] = defaultdict(list)
    for each in documents:
        said = each.content
        level = DatedLevel(each.name, said.level_percent, each.until, _hours(said.begin, said.end, said.level_percent))
        for lamp in members("lamp", each.content.lamps or config.of(LightingTables).lamp, config):
            dated[lamp].append(level)
    part.dated = {lamp: tuple(levels) for lamp, levels in dated.items()}


def _hours(begin: str | None, end: str | None, level_percent: float = 0.0) -> Calendar | None:
    """Raises ValueError, in words for a technician, for times that make no night."""
    if begin is None or end is None:
        return None
    return always(ProgramOptions(on=begin, off=end, level_percent=level_percent))


def says(content: LightingException, config: Config, begin_s: float, end_s: float) -> bool:
    """Whether any of its nights meets a span of time, unix seconds."""
    hours, pole = _hours(content.begin, content.end), config.pole
    return hours is None or meets(hours, begin_s, end_s, Place(pole.latitude, pole.longitude, pole.timezone))


KIND = DocumentKind("lighting-exception", LightingException, check, apply, {"lamps": "lamp"}, says)
