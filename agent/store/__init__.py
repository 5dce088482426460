"""One SQLite file: the outbox and the state of rules, changed in one transaction."""

from agent.store.errors import StoreError
from agent.store.position import Confirmed, NeverSent, Position, PositionStatus, Range, Resend, Wants
from agent.store.rows import Stored
from agent.store.status import StoreStatus
from agent.store.store import Store

__all__ = [
    "Confirmed",
    "NeverSent",
    "Position",
    "PositionStatus",
    "Range",
    "Resend",
    "Store",
    "StoreError",
    "StoreStatus",
    "Stored",
    "Wants",
]
