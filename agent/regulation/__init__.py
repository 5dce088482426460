"""How long a vehicle may stand in a place by the order of the town, and what it is called if it stays longer (pure)."""

from agent.regulation.offences import OFFENCES, Jurisdiction, Offence
from agent.regulation.options import BayCategory, Outside, Place, RuleOptions, RulesFile, TemporaryOrder, rule_of
from agent.regulation.order import Claim, Order, Terms, bounds, claim, exempting, in_force, next_change_s, order_of

__all__ = [
    "OFFENCES",
    "BayCategory",
    "Claim",
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
    "claim",
    "exempting",
    "in_force",
    "next_change_s",
    "order_of",
    "rule_of",
]
