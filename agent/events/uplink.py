"""What is told of the way to the city itself."""

from typing import Literal

from agent.events import UPLINK_BUDGET, Data, Priority
from agent.events.registry import Count, event_type


@event_type(UPLINK_BUDGET, priority=Priority.ALARM)
class UplinkBudget(Data, frozen=True):
    """The pole begins to save bytes, saves more, or ends that: with the month, or by another budget.

    Args:
        stage: what is saved from now on.
        month: local, as in "2026-11"; null: the clock is not set.
        spent_bytes: of the month, both ways, headers of IP and TCP included.
        budget_bytes: null: there is none any more.
        left_out: events that were never sent for that reason, in the month that ends or in this one.
    """

    stage: Literal["none", "telemetry", "statistics", "exceeded"]
    month: str | None
    spent_bytes: Count
    budget_bytes: Count | None
    left_out: Count
