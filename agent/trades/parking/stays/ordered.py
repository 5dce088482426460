"""What is ordered of a bay at a moment, as it is told (pure)."""

from typing import Any

from msgspec import Struct, structs

from agent.clock import Moment
from agent.regulation import Category, Holding, Order, holding
from agent.trades.parking.event_types import BayPlace


class Ordered(Struct, frozen=True):
    """The order in force, its limit, and where the bay is; see `BayOccupied`."""

    category: Category | None
    rule: str | None
    order: str | None
    limit_s: float | None
    grace_s: float
    limit_applies: bool | None
    order_digest: str
    place: BayPlace | None

    def told(self) -> dict[str, Any]:
        """Returns it as keys of an event or a state, without the category."""
        return {name: value for name, value in structs.asdict(self).items() if name != "category"}


def ordered(order: Order, place: BayPlace | None, at: Moment) -> Ordered:
    """What holds at a moment; while the clock is not set the rule, and whether it applies is not known."""
    found = holding(order, at.unix_s) if at.trusted else Holding(order.terms, None, is_open=False)
    terms, tells = found.terms, at.trusted or order.timeless
    return Ordered(
        category=terms.category if terms else None,
        rule=(terms.rule or None) if terms else None,
        order=found.order,
        limit_s=None if terms is None or terms.limit_s is None else float(terms.limit_s),
        grace_s=float(terms.grace_s) if terms else 0.0,
        limit_applies=(found.is_open or order.timeless) if tells else None,
        order_digest=order.version,
        place=place,
    )
