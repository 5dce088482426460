"""Documents of the town's order: temporary orders, exemptions of places, and permits of vehicles by their tags."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Annotated, Any

from msgspec import Meta

from agent.calendars import WindowOptions, Windows, windows
from agent.config.problems import nearest, one_of
from agent.config.reader import Table, build
from agent.config.schema import Config
from agent.regulation import Permit, Temporary, Words, digest, hours_of, rules_of, terms_of
from agent.trades.build import Components
from agent.trades.documents import Complain, DocumentKind, InForce, members
from agent.trades.parking.document_orders import Said
from agent.trades.parking.part import ParkingPart
from agent.trades.parking.tables import ParkingTables
from drivers.options import Id, Options
from drivers.translation import _

Bays = Annotated[tuple[Id, ...], Meta(min_length=1, max_length=64)]
Hours = tuple[WindowOptions, ...]


class TownDocument(Options, frozen=True, kw_only=True):
    """What all of them say.

    Args:
        bays: names of bays and of groups of these.
        reason: why, for whoever reads it.
    """

    bays: Bays
    reason: Words | None = None


class TownOrder(TownDocument, frozen=True, kw_only=True):
    """A temporary order: a rule takes the place of whatever else holds in these bays.

    Args:
        rule: the [rule.NAME] that applies.
        windows: hours in which it does; none: all. School days and holidays are those of that rule.
    """

    rule: Id
    windows: Hours = ()


class Exemption(TownDocument, frozen=True, kw_only=True):
    """Nobody is accused in these bays, whoever stands there; they stay open, and are counted.

    Args:
        windows: hours in which that holds; none: all.
    """

    windows: Hours = ()


class TagPermit(TownDocument, frozen=True, kw_only=True):
    """Vehicles with these tags may stand in these bays for another time than others.

    Args:
        tags: as the sensors of the bays read them.
        user: the class of users of their rules whose limit is theirs; left out: no limit is held against them.
    """

    tags: Annotated[tuple[Words, ...], Meta(min_length=1, max_length=200)]
    user: Id | None = None


Say = Callable[[Config, str, Any], Said]


def _hours_of_order(content: TownOrder, config: Config) -> Windows:
    return hours_of(config.of(ParkingTables).rule[content.rule], content.windows, config.pole.timezone)


def _hours_of_exemption(content: Exemption, config: Config) -> Windows:
    return windows(content.windows, config.pole.timezone)


def _said_order(config: Config, name: str, content: TownOrder) -> Said:
    pole, rule = config.pole, config.of(ParkingTables).rule[content.rule]
    terms = terms_of(content.rule, rule, pole.timezone, pole.law)
    return _said("order", name, content, temporary=Temporary(name, *ALWAYS, _hours_of_order(content, config), terms))


def _said_exemption(config: Config, name: str, content: Exemption) -> Said:
    hours = _hours_of_exemption(content, config)
    return _said("exemption", name, content, temporary=Temporary(name, *ALWAYS, hours, None))


def _said_permit(config: Config, name: str, content: TagPermit) -> Said:
    tags = frozenset(tag.upper() for tag in content.tags)
    return _said("permit", name, content, permit=Permit(name, tags, content.user))


ALWAYS = float("-inf"), float("inf")
"""A document begins and ends by itself: while it is there it holds."""


def _said(kind: str, name: str, content: Options, **what: Any) -> Said:
    return Said(f"{kind}/{name}", digest(content), **what)


async def _apply(kind: str, say: Say, built: Components, config: Config, documents: Sequence[InForce[Any]]) -> None:
    by_bay: dict[str, list[Said]] = {}
    for each in documents:
        said = say(config, each.name, each.content)
        for bay in members("bay", each.content.bays, config):
            by_bay.setdefault(bay, []).append(said)
    await built.part(ParkingPart).order(kind, {bay: tuple(said) for bay, said in by_bay.items()})


def _check_order(content: Table, config: Config, complain: Complain) -> None:
    rules = config.of(ParkingTables).rule
    if (name := content.values.get("rule")) is None:
        return
    if (rule := rules.get(name)) is None:
        there = one_of(rules) if rules else _("the pole has none")
        complain("rule", _("there is no [rule.{name}]").format(name=name), there, nearest(name, rules))
        return
    for problem in _unfit(rule):
        complain("rule", _("[rule.{name}] {problem}").format(name=name, problem=problem))
    _check_hours(content, partial(hours_of, rule, timezone=config.pole.timezone), complain)


def _unfit(rule: Any) -> Iterator[str]:
    """Why a rule cannot take the place of another in a bay."""
    if rule.orders:
        yield _("has orders of its own, and a temporary order takes the place of a rule alone")
    if rule.exempt_classes:
        yield _("has exempt_classes, and no sensor of a bay tells classes of vehicles: who is exempt would be accused")
    if rule.category == "double_parking":
        yield _("is for double parking, and nobody stands double in a bay")


def _check_exemption(content: Table, config: Config, complain: Complain) -> None:
    _check_hours(content, partial(windows, timezone=config.pole.timezone), complain)


def _check_hours(content: Table, of: Callable[[Sequence[WindowOptions]], object], complain: Complain) -> None:
    listed = content.values.get("windows")
    for at, each in enumerate(listed if listed is not None else ()):
        if each.values_of(*each.kind.__struct_fields__) is not None:
            try:
                of([build(each)])
            except ValueError as error:
                complain(("windows", at), str(error))


def _check_permit(content: Table, config: Config, complain: Complain) -> None:
    """Whether the class of users is one of the rules of each of its bays."""
    user, bays = content.values.get("user"), content.values.get("bays")
    if user is None or bays is None:
        return
    tables = config.of(ParkingTables)
    for bay in members("bay", bays, config):
        if bay in tables.bay:
            known = {each.name for rule in rules_of(tables.bay[bay], tables.rule) for each in rule.users}
            if user not in known:
                what = _('no rule of [bay.{bay}] has users "{user}"').format(bay=bay, user=user)
                complain("user", what, one_of(known) if known else _("they have none"), nearest(user, known))


def _says(hours: Callable[[Any, Config], Windows], content: Any, config: Config, begin_s: float, end_s: float) -> bool:
    return any(hours(content, config).spans(begin_s, end_s))


def _kind(name: str, content: type[Any], check: Any, say: Say, hours: Any = None) -> DocumentKind[Any]:
    says = None if hours is None else partial(_says, hours)
    return DocumentKind(name, content, check, partial(_apply, name, say), {"bays": "bay"}, says)


KINDS = (
    _kind("order", TownOrder, _check_order, _said_order, _hours_of_order),
    _kind("exemption", Exemption, _check_exemption, _said_exemption, _hours_of_exemption),
    _kind("permit", TagPermit, _check_permit, _said_permit),
)
