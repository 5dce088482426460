"""The retained state of a bay."""

from typing import Literal

from msgspec import Struct

from agent.clock import Moment, rfc3339
from agent.events.registry import Time
from agent.regulation import Category, Continuity
from agent.trades.parking.event_types import BayPlace
from agent.trades.parking.stays.state import Bay as StateBay
from agent.trades.parking.stays.state import BayState


class Bay(Struct, frozen=True, tag_field="kind", tag="bay"):
    """A bay.

    Args:
        state: "unknown": its sensor is silent, or has not spoken yet.
        stay: identity of the stay; null: none.
        entered_at: null: no stay, or the clock was not set.
        overstay: "limit" or "grace" once that was told.
        overstay_presumed: likewise, of a stay that is only presumed to be of one vehicle.
        rule, order, limit_s, grace_s, limit_applies, order_digest, place: as of `bay.occupied`, now.
        closed: a document closes it: nobody is to stand there, and no overstay is told.
    """

    state: Literal["occupied", "free", "unknown"]
    category: Category
    stay: str | None = None
    entered_at: Time | None = None
    continuity: Continuity | None = None
    overstay: Literal["limit", "grace"] | None = None
    closed: bool = False
    overstay_presumed: Literal["limit", "grace"] | None = None
    rule: str | None = None
    order: str | None = None
    limit_s: float | None = None
    grace_s: float = 0.0
    limit_applies: bool | None = None
    order_digest: str | None = None
    place: BayPlace | None = None


def retained(category: Category, bay: StateBay, state: BayState, now: Moment) -> Bay:
    word: Literal["occupied", "free", "unknown"] = "occupied" if state.occupied else "free"
    if state.silent or state.occupied is None:
        word = "unknown"
    stay, closed, told = state.stay, bool(state.closed), bay.ordered(now).told()
    if stay is None:
        return Bay(word, category, closed=closed, **told)
    entered = rfc3339(stay.entered.unix_s) if stay.entered.trusted else None
    return Bay(
        word,
        category,
        stay.key,
        entered,
        stay.continuity,
        stay.stage or None,
        closed,
        stay.presumed_farthest or None,
        **told,
    )
