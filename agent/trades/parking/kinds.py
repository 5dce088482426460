"""What there is by parking: its tables, events, states and what it tells of itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agent.trades.base import Kinds
from agent.trades.parking import event_types, sensor_event_types
from agent.trades.parking.inventory import ParkingInventory
from agent.trades.parking.retained import Bay
from agent.trades.parking.statistics import event_types as statistics_event_types
from agent.trades.parking.statistics.day_report import CHECKPOINT, DAYS
from agent.trades.parking.tables import ParkingTables

if TYPE_CHECKING:
    from agent.trades.documents import DocumentKind


def _documents() -> Sequence[DocumentKind[Any]]:
    from agent.trades.parking.closures import KIND

    return (KIND,)


KINDS = Kinds(
    ParkingTables,
    (event_types, sensor_event_types, statistics_event_types),
    ParkingInventory,
    states=(Bay,),
    state_keys={"sensor": ("sensor/",), "bay": ("bay/", DAYS)},
    pole_state_keys=(CHECKPOINT,),
    documents=_documents,
)
