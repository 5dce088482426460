"""What there is by parking: its tables, events, states and what it tells of itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agent.events.registry import types_in
from agent.trades.base import Kinds, Stays
from agent.trades.parking import event_types, sensor_event_types
from agent.trades.parking.inventory import ParkingInventory
from agent.trades.parking.retained import Bay
from agent.trades.parking.statistics import event_types as statistics_event_types
from agent.trades.parking.statistics.day_report import CHECKPOINT, DAYS
from agent.trades.parking.stays.dossier import PREFIX, StayRecord
from agent.trades.parking.tables import ParkingTables

if TYPE_CHECKING:
    from agent.config.schema import Config
    from agent.trades.build import Derived
    from agent.trades.documents import DocumentKind
    from drivers.profile import Profile


def _documents() -> Sequence[DocumentKind[Any]]:
    from agent.trades.parking import closures, town_documents

    return (closures.KIND, *town_documents.KINDS)


def _derived(config: Config, places: Collection[str]) -> Iterable[Derived]:
    from agent.trades.parking import derived

    return derived.derived(config, places)


def _stanza(profile: Profile) -> tuple[str, Mapping[str, str]] | None:
    told = profile.quantities & {"distance_mm", "occupied"}
    return ("sensor", {"kind": "modbus"}) if told and not profile.tables.lamp else None


KINDS = Kinds(
    ParkingTables,
    (event_types, sensor_event_types, statistics_event_types),
    ParkingInventory,
    states=(Bay,),
    judged=frozenset(
        {"distance_mm", "magnetic_field", "occupied", "previous_state_duration_s"}
        | {"previous_state_duration_error_s", "state_changed"}
        | {"battery_low", "tilted", "sensor_fault"}
    ),
    personal=frozenset({"vehicle_tag"}),
    stays=Stays(frozenset(types_in(event_types)), (DAYS,), {PREFIX: StayRecord}),
    state_keys={"sensor": ("sensor/", "sensor_count/"), "bay": ("bay/", DAYS, PREFIX)},
    pole_state_keys=(CHECKPOINT,),
    stanza=_stanza,
    derived=_derived,
    documents=_documents,
)
