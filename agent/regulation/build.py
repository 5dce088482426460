"""The order of a place from the tables of the configuration file."""

import math
from collections.abc import Mapping

from agent.calendars import parse_date_and_time, windows
from agent.regulation.offences import OFFENCES, Jurisdiction, Offence
from agent.regulation.options import Place, RuleOptions, TemporaryOrder, rule_of
from agent.regulation.order import Order, Span, Temporary, Terms
from drivers.translation import _


def order_of(place: Place, rules: Mapping[str, RuleOptions], timezone: str, jurisdiction: Jurisdiction) -> Order:
    """The order of a place, checked.

    Args:
        rules: by the names that places and temporary orders use.
        timezone: IANA name; all times of an order are local.

    Raises ValueError, in words for a technician.
    """
    rule = rule_of(place, rules)
    temporary = (_temporary(rule, each, rules, timezone, jurisdiction) for each in rule.orders)
    return Order(terms_of(place.rule or "", rule, timezone, jurisdiction), tuple(temporary))


def terms_of(name: str, rule: RuleOptions, timezone: str, jurisdiction: Jurisdiction) -> Terms:
    """Raises ValueError, in words for a technician."""
    lawful = OFFENCES[jurisdiction][rule.category].of(rule.limit_s)
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
        frozenset(rule.exempt_classes),
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
    begin_s = -math.inf if options.begin is None else parse_date_and_time(options.begin, timezone)
    end_s = math.inf if options.end is None else parse_date_and_time(options.end, timezone)
    if end_s <= begin_s:
        raise ValueError(_('"{end}" is not after "{begin}"').format(end=options.end, begin=options.begin))
    return begin_s, end_s
