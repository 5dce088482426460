"""The local order of a place: what holds when, and how much of a stay counts (pure).

Times are unix seconds; `entered_s` is the beginning of the stay.
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from agent.calendars import Windows
from agent.regulation.categories import Category
from agent.regulation.offences import Offence, Offences
from agent.regulation.options import Outside

Span = tuple[float, float]


class User(Struct, frozen=True):
    """A class of users who may stand there for another time than everybody.

    Args:
        limit_s: None: without limit.
        tags: of its vehicles, in capitals.
    """

    name: str
    limit_s: float | None
    grace_s: float
    tags: frozenset[str] = frozenset()


class Terms(Struct, frozen=True):
    """What one rule says, checked.

    Args:
        rule: its name; "": it stands in the place's own table.
        windows: when the limit holds.
        no_return_s: who has left may not come back for so long; None: may at once.
        users: who may stand there for another time.
        user: the class whose limit and grace these are; None: everybody's.
    """

    rule: str
    category: Category
    limit_s: float | None
    grace_s: float
    windows: Windows
    outside: Outside
    offences: Offences
    exempt: tuple[str, ...] = ()
    exempt_tags: frozenset[str] = frozenset()
    exempt_classes: frozenset[str] = frozenset()
    no_return_s: float | None = None
    users: tuple[User, ...] = ()
    user: str | None = None

    @property
    def offence(self) -> Offence:
        """What exceeding them may be: to stand there without right, or longer than whoever may."""
        return self.offences.of(self.limit_s)

    @property
    def shortest_limit_s(self) -> float:
        """What nobody's stay that is shorter can exceed."""
        limits = (self.limit_s, *(each.limit_s for each in self.users))
        return min((each for each in limits if each is not None), default=math.inf)

    def for_user(self, grants: frozenset[str]) -> "Terms":
        """What holds for a vehicle with these grants, see `grants_of`: of several classes the mildest."""
        mine = [each for each in self.users if grant(self.rule, each.name) in grants]
        if not mine:
            return self
        user = max(mine, key=lambda each: math.inf if each.limit_s is None else each.limit_s + each.grace_s)
        return structs.replace(self, limit_s=user.limit_s, grace_s=user.grace_s, user=user.name)

    def for_vehicle(self, vehicle: str | None) -> "Terms":
        """What holds for a vehicle of that class, where the law tells them apart; None: nobody has seen it."""
        return structs.replace(self, offences=self.offences.for_vehicle(vehicle)) if self.offences.vehicle else self


class Temporary(Struct, frozen=True):
    """What holds for a while in its place.

    Args:
        begin_s, end_s: unix seconds, infinite where it has no end on that side.
        terms: None: no rule applies.
        key: of the document that says it, among those of its order; "": the configuration does.
    """

    name: str
    begin_s: float
    end_s: float
    windows: Windows
    terms: Terms | None
    key: str = ""

    def spans(self, begin_s: float, end_s: float) -> Iterator[Span]:
        return self.windows.spans(max(begin_s, self.begin_s), min(end_s, self.end_s))

    def holds(self, at_s: float) -> bool:
        return self.begin_s <= at_s < self.end_s and self.windows.open_at(at_s)

    def began_s(self, at_s: float, since_s: float) -> float | None:
        """Returns since when it holds at a moment, unix seconds, `since_s` at the earliest; None: it does not."""
        if not self.holds(at_s):
            return None
        spans = deque(self.spans(since_s, at_s), maxlen=1)
        return spans[0][0] if spans and spans[0][1] == at_s else at_s

    def next_change_s(self, at_s: float) -> float:
        edges = [edge for edge in (self.begin_s, self.end_s, self.windows.next_change_s(at_s)) if edge is not None]
        return min((edge for edge in edges if edge > at_s), default=math.inf)


class Permit(Struct, frozen=True):
    """What vehicles with these tags may do that others may not.

    Args:
        tags: in capitals.
        user: the class of users that they are of; None: no order of the place is held against them.
    """

    name: str
    tags: frozenset[str]
    user: str | None = None


class Order(Struct, frozen=True):
    """All that holds in a place; the first of `temporary` that holds goes before `terms`.

    Args:
        version: digest of what the town has written, and of the documents that hold now.
        permits: of vehicles by their tags.
        documents: what was set from afar and holds now, each by a name that another content makes another one.
    """

    terms: Terms
    temporary: tuple[Temporary, ...] = ()
    version: str = ""
    permits: tuple[Permit, ...] = ()
    documents: frozenset[str] = frozenset()

    @property
    def timeless(self) -> bool:
        """Whether it is the same at all times, so that no clock is needed to judge by it."""
        return not self.temporary and not self.terms.windows.windows

    @property
    def every_terms(self) -> tuple[Terms, ...]:
        """The terms of the rule and of its temporary orders, whenever they hold."""
        return self.terms, *(each.terms for each in self.temporary if each.terms)

    @property
    def shortest_limit_s(self) -> float:
        """What no stay that is shorter can exceed, whatever holds when."""
        return min(each.shortest_limit_s for each in self.every_terms)


def held_alike(one: Order, other: Order) -> bool:
    """Whether both hold the same against whoever stands in a place at any time, but for how soon after its limit a stay
    is told again, and for what it is called."""
    return _as_held(one) == _as_held(other)


def _as_held(order: Order) -> Order:
    temporary = tuple(structs.replace(each, terms=each.terms and _bare(each.terms)) for each in order.temporary)
    return structs.replace(order, terms=_bare(order.terms), temporary=temporary, version="")


def _bare(terms: Terms) -> Terms:
    users = tuple(structs.replace(each, grace_s=0.0) for each in terms.users)
    return structs.replace(terms, grace_s=0.0, offences=Offences(), exempt=(), users=users)


class Applicable(Struct, frozen=True):
    """What holds now for a stay.

    Args:
        counted_s: how much of it counts.
        order: name of the temporary order; None: it is the rule of the place.
    """

    terms: Terms
    counted_s: float
    order: str | None = None

    @property
    def key(self) -> str:
        """The key under which it is remembered how far the stay was reported."""
        return self.terms.rule if self.order is None else f"{self.terms.rule}: {self.order}"


def applicable(order: Order, entered_s: float, now_s: float) -> Applicable | None:
    """What holds for a stay from `entered_s` to `now_s`; None: nothing does now, or no limit."""
    for each in order.temporary:
        if (began_s := each.began_s(now_s, entered_s)) is not None:
            since = [(began_s, now_s)]
            return None if each.terms is None else _applicable(each.terms, since, now_s, each.name)
    own = list(_subtract(order.temporary, entered_s, now_s))
    return _applicable(order.terms, [(entered_s, now_s)] if order.terms.outside == "run" else own, now_s)


class Holding(Struct, frozen=True):
    """What holds at a moment.

    Args:
        terms: None: a temporary order lifts the rule.
        order: name of the temporary order; None: it is the rule of the place.
        is_open: whether it is within the hours of the limit.
    """

    terms: Terms | None
    order: str | None
    is_open: bool


def holding(order: Order, at_s: float) -> Holding:
    """What holds at a moment, be its window open or not."""
    found = next((each for each in order.temporary if each.holds(at_s)), None)
    terms = order.terms if found is None else found.terms
    return Holding(terms, None if found is None else found.name, terms is not None and terms.windows.open_at(at_s))


def terms_at(order: Order, at_s: float) -> Terms | None:
    """The terms at a moment, be their window open or not."""
    return holding(order, at_s).terms


EVERY_RULE = "*"
"""Stands in place of the name of a rule: nothing that is ordered of the place is held against the vehicle."""


def grant(rule: str, user: str) -> str:
    """The name under which it is known of a vehicle that it is of a class of users of a rule."""
    return f"{rule}: {user}"


def grants_of(order: Order, tag: str) -> frozenset[str]:
    """What a tag means in a place, whenever it holds: the names of the rules that are not held against it, or
    EVERY_RULE, and `grant` of the classes of users that it is of; capitals and small letters are the same."""
    tag = tag.upper()
    users = {each.user for each in order.permits if tag in each.tags}
    found = {EVERY_RULE} if None in users else set()
    for terms in order.every_terms:
        if tag in terms.exempt_tags:
            found.add(terms.rule)
        found |= {grant(terms.rule, each.name) for each in terms.users if tag in each.tags or each.name in users}
    return frozenset(found)


def next_change_s(order: Order, at_s: float) -> float | None:
    """Returns when something else may hold next, or when to ask again, unix seconds; None: never."""
    edges = [each.windows.next_change_s(at_s) for each in order.every_terms]
    edges += [each.next_change_s(at_s) for each in order.temporary]
    nearest_s = min((edge for edge in edges if edge is not None), default=math.inf)
    return None if nearest_s == math.inf else nearest_s


def _applicable(terms: Terms, spans: Sequence[Span], now_s: float, order: str | None = None) -> Applicable | None:
    if terms.shortest_limit_s == math.inf or not terms.windows.open_at(now_s):
        return None
    return Applicable(terms, _counted_s(terms, spans, now_s), order)


def _counted_s(terms: Terms, spans: Sequence[Span], now_s: float) -> float:
    """Returns how much of the spans in which the terms held counts: what lies in their windows, as `outside` says."""
    if terms.outside == "run":
        return now_s - spans[0][0] if spans else 0.0
    inside = [each for span in spans for each in terms.windows.spans(*span)]
    if terms.outside == "pause":
        return sum(end_s - begin_s for begin_s, end_s in inside)
    return now_s - inside[-1][0] if inside and inside[-1][1] == now_s else 0.0


def uncovered(order: Temporary, before: Sequence[Temporary], begin_s: float, end_s: float) -> Iterator[Span]:
    """Yields when an order holds between two unix seconds and none of others does."""
    for span in order.spans(begin_s, end_s):
        yield from _subtract(before, *span)


def _subtract(temporary: Sequence[Temporary], begin_s: float, end_s: float) -> Iterator[Span]:
    """What temporary orders leave of a span."""
    taken = sorted(span for each in temporary for span in each.spans(begin_s, end_s))
    for took_s, gave_s in taken:
        if begin_s < took_s:
            yield begin_s, took_s
        begin_s = max(begin_s, gave_s)
    if begin_s < end_s:
        yield begin_s, end_s
