"""How long a vehicle may stand in a place by the order of the town, and what it is called if it stays longer (pure)."""

from agent.regulation.breach import (
    STAGES,
    Breach,
    Continuity,
    ExceededStage,
    Stage,
    Standing,
    breaches,
    held_against,
    left_s,
)
from agent.regulation.build import bounds, order_of
from agent.regulation.categories import BayCategory, Category, ZoneCategory
from agent.regulation.clock_step import CLOCK_STEP_S, clock_step_s, tells_time
from agent.regulation.offences import OFFENCES, Jurisdiction, Offence
from agent.regulation.options import (
    Article,
    FineClass,
    Outside,
    Place,
    RuleOptions,
    RulesFile,
    TemporaryOrder,
    Words,
    rule_of,
    rules_of,
)
from agent.regulation.order import Applicable, Order, Terms, applicable, exempting_rules, next_change_s, terms_at
from agent.regulation.validity import Remark, Remarkable, remarkable

__all__ = [
    "CLOCK_STEP_S",
    "OFFENCES",
    "STAGES",
    "Applicable",
    "Article",
    "BayCategory",
    "Breach",
    "Category",
    "Continuity",
    "FineClass",
    "Jurisdiction",
    "Offence",
    "Order",
    "Outside",
    "Place",
    "Remark",
    "Remarkable",
    "RuleOptions",
    "RulesFile",
    "ExceededStage",
    "Stage",
    "Standing",
    "TemporaryOrder",
    "Terms",
    "Words",
    "ZoneCategory",
    "applicable",
    "bounds",
    "breaches",
    "clock_step_s",
    "exempting_rules",
    "held_against",
    "left_s",
    "next_change_s",
    "order_of",
    "remarkable",
    "rule_of",
    "rules_of",
    "tells_time",
    "terms_at",
]
