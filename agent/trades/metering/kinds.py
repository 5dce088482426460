"""What there is by metering: its tables, events, states and what it tells of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from agent.trades.base import Kinds
from agent.trades.metering import event_types
from agent.trades.metering.inventory import MeteringInventory
from agent.trades.metering.tables import MeteringTables

if TYPE_CHECKING:
    from agent.config.schema import Config
    from agent.store import What
    from drivers.profile import Profile


def _stanza(profile: Profile) -> tuple[str, Mapping[str, str]] | None:
    return None if profile.tables.lamp else ("meter", {})


def _metered(config: Config) -> Iterable[What]:
    from agent.trades.metering import metered

    return metered.metered(config)


KINDS = Kinds(
    MeteringTables,
    (event_types,),
    MeteringInventory,
    state_keys={"meter": ("meter/", "meter_energy/")},
    stanza=_stanza,
    metered=_metered,
)
