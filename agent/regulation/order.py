"""The local order of a place: what holds when, and how much of a stay counts (pure).

Times are unix seconds; `entered_s` is the beginning of the stay.
"""

import math
from collections.abc import Iterator, Sequence

from msgspec import Struct

from agent.calendars import Windows
from agent.regulation.categories import Category
from agent.regulation.offences import Offence
from agent.regulation.options import Outside

Span = tuple[float, float]


class Terms(Struct, frozen=True):
    """What one rule says, checked.

    Args:
        rule: its name; "": it stands in the place's own table.
        windows: when the limit holds.
    """

    rule: str
    category: Category
    limit_s: float | None
    grace_s: float
    windows: Windows
    outside: Outside
    offence: Offence
    exempt: tuple[str, ...] = ()
    exempt_tags: frozenset[str] = frozenset()
    exempt_classes: frozenset[str] = frozenset()


class Temporary(Struct, frozen=True):
    """What holds for a while in its place.

    Args:
        begin_s, end_s: unix seconds, infinite where it has no end on that side.
        terms: None: no rule applies.
    """

    name: str
    begin_s: float
    end_s: float
    windows: Windows
    terms: Terms | None

    def spans(self, begin_s: float, end_s: float) -> Iterator[Span]:
        return self.windows.spans(max(begin_s, self.begin_s), min(end_s, self.end_s))

    def began_s(self, at_s: float) -> float | None:
        """Returns since when it holds at a moment, unix seconds; None: it does not."""
        if not self.begin_s <= at_s < self.end_s:
            return None
        if not self.windows.windows:
            return self.begin_s
        around = ((begin, end) for begin, end in self.windows.around(at_s) if begin <= at_s < end)
        return next((max(begin, self.begin_s) for begin, _ in around), None)

    def next_change_s(self, at_s: float) -> float:
        edges = [edge for edge in (self.begin_s, self.end_s, self.windows.next_change_s(at_s)) if edge is not None]
        return min((edge for edge in edges if edge > at_s), default=math.inf)


class Order(Struct, frozen=True):
    """All that holds in a place; the first of `temporary` that holds goes before `terms`."""

    terms: Terms
    temporary: tuple[Temporary, ...] = ()

    @property
    def timeless(self) -> bool:
        """Whether it is the same at all times, so that no clock is needed to judge by it."""
        return not self.temporary and not self.terms.windows.windows

    @property
    def shortest_limit_s(self) -> float:
        """What no stay that is shorter can exceed, whatever holds when."""
        shortest_s = math.inf if self.terms.limit_s is None else self.terms.limit_s
        for each in self.temporary:
            if each.terms is not None and each.terms.limit_s is not None:
                shortest_s = min(shortest_s, each.terms.limit_s)
        return shortest_s


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
        if (began_s := each.began_s(now_s)) is not None:
            since = [(max(entered_s, began_s), now_s)]
            return None if each.terms is None else _applicable(each.terms, since, now_s, each.name)
    own = list(_subtract(order.temporary, entered_s, now_s))
    return _applicable(order.terms, [(entered_s, now_s)] if order.terms.outside == "run" else own, now_s)


def terms_at(order: Order, at_s: float) -> Terms | None:
    """The terms at a moment, be their window open or not."""
    for each in order.temporary:
        if each.began_s(at_s) is not None:
            return each.terms
    return order.terms


def exempting_rules(order: Order, tag: str) -> frozenset[str]:
    """The names of the rules that exempt a tag, whenever they hold; capitals and small letters are the same."""
    terms = (order.terms, *(each.terms for each in order.temporary if each.terms))
    return frozenset(each.rule for each in terms if tag.upper() in each.exempt_tags)


def next_change_s(order: Order, at_s: float) -> float | None:
    """Returns when something else may hold next, unix seconds; None: never."""
    terms = [order.terms, *(each.terms for each in order.temporary if each.terms)]
    edges = [each.windows.next_change_s(at_s) for each in terms]
    edges += [each.next_change_s(at_s) for each in order.temporary]
    nearest_s = min((edge for edge in edges if edge is not None), default=math.inf)
    return None if nearest_s == math.inf else nearest_s


def _applicable(terms: Terms, spans: Sequence[Span], now_s: float, order: str | None = None) -> Applicable | None:
    if terms.limit_s is None or not terms.windows.open_at(now_s):
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


def _subtract(temporary: Sequence[Temporary], begin_s: float, end_s: float) -> Iterator[Span]:
    """What temporary orders leave of a span."""
    taken = sorted(span for each in temporary for span in each.spans(begin_s, end_s))
    for took_s, gave_s in taken:
        if begin_s < took_s:
            yield begin_s, took_s
        begin_s = max(begin_s, gave_s)
    if begin_s < end_s:
        yield begin_s, end_s
