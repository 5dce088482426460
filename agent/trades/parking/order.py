"""The local order of a bay: what holds when, and how much of a stay counts (pure).

Times are unix seconds; `entered_s` is the beginning of the stay.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from agent.calendars import Windows, windows
from agent.regulation.offences import OFFENCES, Jurisdiction, Offence
from agent.trades.parking.options import BayCategory, BayOptions, Outside, RuleOptions, TemporaryOrder

Span = tuple[float, float]


class Terms(Struct, frozen=True):
    """What one rule says, checked.

    Args:
        rule: its name; "": it stands in the bay's own table.
        windows: when the limit holds.
    """

    rule: str
    category: BayCategory
    limit_s: float | None
    grace_s: float
    windows: Windows
    outside: Outside
    offence: Offence
    exempt: tuple[str, ...] = ()
    exempt_tags: frozenset[str] = frozenset()


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
        """Since when it holds at a moment; None: it does not."""
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
    """All that holds for a bay; the first of `temporary` that holds goes before `terms`."""

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
        order: name of the temporary order; None: it is the rule of the bay.
    """

    terms: Terms
    counted_s: float
    order: str | None = None

    @property
    def key(self) -> str:
        """By which a stay remembers how far it was told."""
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
    """When something else may hold next; None: never."""
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
    """Of the spans in which the terms held, those in their windows; by `outside`."""
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


def order_of(bay: BayOptions, rules: Mapping[str, RuleOptions], timezone: str, jurisdiction: Jurisdiction) -> Order:
    """The order of a bay, checked.

    Args:
        rules: by the names that bays and temporary orders use.
        timezone: IANA name; all times of an order are local.

    Raises ValueError, in words for a technician.
    """
    if bay.rule is None:
        own = RuleOptions(category=bay.category, limit_s=bay.limit_s, grace_s=bay.grace_s)
        return Order(terms_of("", own, timezone, jurisdiction))
    rule = rules[bay.rule]
    temporary = (_temporary(rule, each, rules, timezone, jurisdiction) for each in rule.orders)
    return Order(terms_of(bay.rule, rule, timezone, jurisdiction), tuple(temporary))


def terms_of(name: str, rule: RuleOptions, timezone: str, jurisdiction: Jurisdiction) -> Terms:
    """Raises ValueError, in words for a technician."""
    lawful = OFFENCES[jurisdiction][rule.category]
    local = rule.article is not None or rule.fine_class is not None
    return Terms(
        name,
        rule.category,
        rule.limit_s,
        rule.grace_s,
        windows(rule.windows, timezone, rule.holidays, rule.holiday_dates),
        rule.outside,
        Offence(rule.article, rule.fine_class) if local else lawful,
        rule.exempt,
        frozenset(tag.upper() for tag in rule.exempt_tags),
    )


def _temporary(
    rule: RuleOptions,
    options: TemporaryOrder,
    rules: Mapping[str, RuleOptions],
    timezone: str,
    jurisdiction: Jurisdiction,
) -> Temporary:
    begin_s, end_s = bounds(options, timezone)
    hours = windows(options.windows, timezone, rule.holidays, rule.holiday_dates)
    terms = None if options.rule is None else terms_of(options.rule, rules[options.rule], timezone, jurisdiction)
    return Temporary(options.name, begin_s, end_s, hours, terms)


def bounds(options: TemporaryOrder, timezone: str) -> Span:
    """Unix seconds of begin and end. Raises ValueError, in words for a technician."""
    begin_s = -math.inf if options.begin is None else parse_local(options.begin, timezone)
    end_s = math.inf if options.end is None else parse_local(options.end, timezone)
    if end_s <= begin_s:
        raise ValueError(f'"{options.end}" is not after "{options.begin}"')
    return begin_s, end_s


def parse_local(text: str, timezone: str) -> float:
    """ "2026-12-24 06:00", local time, as unix seconds. Raises ValueError, in words for a technician."""
    try:
        local = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(timezone))
    except ValueError:
        raise ValueError(f'"{text}" is no date with a time; write for example "2026-12-24 06:00"') from None
    return local.timestamp()
