"""The order of a place from the tables of the configuration file."""

import math
from collections.abc import Mapping, Sequence

from agent.calendars import WindowOptions, Windows, parse_date_and_time, windows
from agent.regulation.digest import digest
from agent.regulation.offences import Jurisdiction, Offence, Offences, offences
from agent.regulation.options import Place, RuleOptions, TemporaryOrder, UserOptions, rule_of, rules_of
from agent.regulation.order import Order, Span, Temporary, Terms, User
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
    terms = terms_of(place.rule or "", rule, timezone, jurisdiction)
    return Order(terms, tuple(temporary), version_of(place, rules, timezone, jurisdiction))


def version_of(place: Place, rules: Mapping[str, RuleOptions], timezone: str, jurisdiction: Jurisdiction) -> str:
    """A digest of all that the order of a place is made of: another text of the town is another version."""
    return digest(place.rule, rules_of(place, rules), timezone, jurisdiction)


def terms_of(name: str, rule: RuleOptions, timezone: str, jurisdiction: Jurisdiction) -> Terms:
    """Raises ValueError, in words for a technician."""
    local = Offence(rule.article, rule.fine_class)
    return Terms(
        name,
        rule.category,
        rule.limit_s,
        rule.grace_s,
        hours_of(rule, rule.windows, timezone),
        rule.outside,
        offences(jurisdiction, rule.category) if local == Offence() else Offences(local, local),
        rule.exempt,
        frozenset(tag.upper() for tag in rule.exempt_tags),
        frozenset(rule.exempt_classes),
        rule.no_return_s,
        tuple(_user(each) for each in rule.users),
    )


def _user(options: UserOptions) -> User:
    tags = frozenset(tag.upper() for tag in options.tags)
    return User(options.name, options.limit_s, options.grace_s, tags)


def hours_of(rule: RuleOptions, hours: Sequence[WindowOptions], timezone: str) -> Windows:
    """Hours of a rule, or of an order in it, by the holidays of the rule. Raises ValueError."""
    return windows(hours, timezone, rule.holidays, rule.holiday_dates, rule.school_holidays)


def _temporary(
    rule: RuleOptions,
    options: TemporaryOrder,
    rules: Mapping[str, RuleOptions],
    timezone: str,
    jurisdiction: Jurisdiction,
) -> Temporary:
    begin_s, end_s = bounds(options, timezone)
    hours = hours_of(rule, options.windows, timezone)
    terms = None if options.rule is None else terms_of(options.rule, rules[options.rule], timezone, jurisdiction)
    return Temporary(options.name, begin_s, end_s, hours, terms)


def bounds(options: TemporaryOrder, timezone: str) -> Span:
    """Unix seconds of begin and end. Raises ValueError, in words for a technician."""
    begin_s = -math.inf if options.begin is None else parse_date_and_time(options.begin, timezone)
    end_s = math.inf if options.end is None else parse_date_and_time(options.end, timezone)
    if end_s <= begin_s:
        raise ValueError(_('"{end}" is not after "{begin}"').format(end=options.end, begin=options.begin))
    return begin_s, end_s
