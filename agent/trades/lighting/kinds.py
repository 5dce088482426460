"""What there is by lighting: its tables, events, states and what it tells of itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agent.trades.base import Kinds
from agent.trades.lighting import event_types
from agent.trades.lighting.inventory import LightingInventory
from agent.trades.lighting.retained import Lamp
from agent.trades.lighting.tables import LightingTables

if TYPE_CHECKING:
    from agent.config.schema import Config
    from agent.trades.build import Derived
    from agent.trades.documents import DocumentKind
    from drivers.profile import Profile


def _documents() -> Sequence[DocumentKind[Any]]:
    from agent.trades.lighting.exceptions import KIND
    from agent.trades.lighting.followed import KINDS as FOLLOWED

    return (KIND, *FOLLOWED)


def _derived(config: Config, places: Collection[str]) -> Iterable[Derived]:
    from agent.trades.lighting import derived

    return derived.derived(config, places)


def _stanza(profile: Profile) -> tuple[str, Mapping[str, str]] | None:
    return ("lamp", {}) if profile.tables.lamp else None


KINDS = Kinds(
    LightingTables,
    (event_types,),
    LightingInventory,
    states=(Lamp,),
    commanded=("lamp",),
    judged=frozenset({"level_percent", "lamp_failure"}),
    state_keys={"lamp": ("lamp/", "monitor/")},
    stanza=_stanza,
    derived=_derived,
    documents=_documents,
)
