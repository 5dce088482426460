"""One SQLite file: the outbox and the state of rules, changed in one transaction."""

from agent.store.errors import StoreError, StoreInUse
from agent.store.log.erasure import Erased
from agent.store.position import Confirmed, NeverSent, Position, PositionStatus, Range, Resend, Wants
from agent.store.rows.rows import Stored
from agent.store.rows.scope import Tale, TaleOf, What
from agent.store.status import StoreStatus
from agent.store.store import Store

__all__ = [
    "Confirmed",
    "Erased",
    "NeverSent",
    "Position",
    "PositionStatus",
    "Range",
    "Resend",
    "Store",
    "StoreError",
    "StoreInUse",
    "StoreStatus",
    "Stored",
    "Tale",
    "TaleOf",
    "Wants",
    "What",
]
