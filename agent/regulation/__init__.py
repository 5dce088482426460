"""How long a vehicle may stand in a place by the order of the town, and what it is called if it stays longer (pure)."""

from agent.regulation.offences import OFFENCES, Jurisdiction, Offence
from agent.regulation.options import BayCategory, Outside, Place, RuleOptions, RulesFile, TemporaryOrder, rule_of
from agent.regulation.order import (
    Applicable,
    Order,
    Terms,
    applicable,
    bounds,
    exempting_rules,
    next_change_s,
    order_of,
    terms_at,
)

__all__ = [
    "OFFENCES",
    "BayCategory",
    "Applicable",
    "Jurisdiction",
    "Offence",
    "Order",
    "Outside",
    "Place",
    "RuleOptions",
    "RulesFile",
    "TemporaryOrder",
    "Terms",
    "bounds",
    "applicable",
    "exempting_rules",
    "terms_at",
    "next_change_s",
    "order_of",
    "rule_of",
]
