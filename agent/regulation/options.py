"""What an order of the town says, as the configuration file writes it: [rule.NAME]."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Protocol

from msgspec import Meta, field

from agent.calendars import Country, DateRange, WindowOptions
from agent.regulation.categories import Category
from drivers.options import Id, Options, Seconds
from drivers.translation import N_

Outside = Literal["restart", "pause", "run"]
"""What the hours between two windows do to the time that counts."""

Words = Annotated[str, Meta(min_length=2, max_length=80)]
Article = Words
FineClass = Annotated[int, Meta(ge=1, le=5)]
LocalDateTime = Annotated[
    str, Meta(description=N_('date and local time in quotes: "2026-12-24 06:00"'), min_length=8, max_length=40)
]


class TemporaryOrder(Options, frozen=True):
    """What holds for a while in place of a rule: a market, snow, works.

    Args:
        name: as the city shall read it.
        rule: the [rule.NAME] that applies; None: none does, nobody is told of any stay.
        begin, end: `from` and `to` in the file; None: without end on that side.
        windows: hours of these days; none: all.
    """

    REFERS: ClassVar[Mapping[str, str]] = {"rule": "rule"}

    name: Words
    rule: Id | None = None
    begin: LocalDateTime | None = field(name="from", default=None)
    end: LocalDateTime | None = field(name="to", default=None)
    windows: tuple[WindowOptions, ...] = ()


class UserOptions(Options, frozen=True):
    """Users who may stand there for another time than everybody, as the tag of a vehicle or a permit for one tells it.

    Args:
        name: as permits name it.
        tags: of its vehicles, as the sensor of a bay reads them; none: permits alone.
        limit_s: how long one of them may stand; None: no limit.
        grace_s: after the limit.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"limit_s": ("1s", "90d"), "grace_s": ("0s", "7d")}

    name: Id
    tags: tuple[Words, ...] = ()
    limit_s: Seconds | None = None
    grace_s: Seconds = Seconds(0)


class RuleOptions(Options, frozen=True):
    """[rule.NAME]: the local order for a kind of place, be it a bay or a zone of a camera.

    Args:
        category: what the order makes of the place.
        limit_s: how long one vehicle may stand; 0: not at all; None: no limit.
        grace_s: after the limit, before the overstay is repeated as final.
        windows: when the limit holds; none: always.
        outside: hours between two windows let the time begin anew ("restart"), stand still ("pause") or go on ("run").
        holidays: which public holidays are computed. A holiday is no weekday.
        holiday_dates: further ones.
        school_holidays: when no school is held; of days before the first and after the last of them nothing is known.
        school_holidays_file: a calendar file (.ics) with further ones.
        school_holidays_named: only those of its events that have these words in their summary.
        no_return_s: who has left may not come back for so long. No sensor sees who comes, so nobody is accused of that.
        users: who may stand there for another time than everybody.
        exempt: whom the order exempts and no sensor can tell, for whoever comes to look.
        exempt_tags: tags of vehicles that no overstay is told of, as the sensor of a bay reads them.
        exempt_classes: vehicles of which the same holds in a zone, in the words of the camera's model.
        article, fine_class: of the local order, in place of those of the jurisdiction.
        orders: the first that holds decides.
    """

    ORDERED_BY: ClassVar[tuple[str, ...]] = ("order",)
    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "limit_s": ("0s", "90d"),
        "grace_s": ("0s", "7d"),
        "no_return_s": ("1min", "7d"),
    }

    category: Category
    limit_s: Seconds | None = None
    grace_s: Seconds = Seconds(0)
    windows: tuple[WindowOptions, ...] = ()
    outside: Outside = "restart"
    holidays: Country = "none"
    holiday_dates: tuple[dt.date, ...] = ()
    school_holidays: tuple[DateRange, ...] = ()
    school_holidays_file: str | None = None
    school_holidays_named: Words | None = None
    no_return_s: Seconds | None = None
    users: tuple[UserOptions, ...] = ()
    exempt: tuple[Words, ...] = ()
    exempt_tags: tuple[Words, ...] = ()
    exempt_classes: tuple[Id, ...] = ()
    article: Article | None = None
    fine_class: FineClass | None = None
    orders: tuple[TemporaryOrder, ...] = ()


class RulesFile(Options, frozen=True):
    """The second file that [parking] rules_file names."""

    rule: dict[Id, RuleOptions] = field(default_factory=dict)


class Place(Protocol):
    """The table of a place where vehicles stand: it names a rule, or says itself what holds there."""

    @property
    def rule(self) -> str | None: ...

    @property
    def own_rule(self) -> RuleOptions:
        """What the table says itself, where it names no rule."""
        ...


def rules_of(place: Place, rules: Mapping[str, RuleOptions]) -> tuple[RuleOptions, ...]:
    """What may hold in a place: its rule, and those of its temporary orders."""
    rule = rule_of(place, rules)
    return rule, *(rules[each.rule] for each in rule.orders if each.rule is not None)


def rule_of(place: Place, rules: Mapping[str, RuleOptions]) -> RuleOptions:
    """What holds in a place when no temporary order does."""
    return place.own_rule if place.rule is None else rules[place.rule]
