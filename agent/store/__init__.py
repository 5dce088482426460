"""One SQLite file: the outbox and the state of rules, changed in one transaction."""

from agent.store.errors import StoreError
from agent.store.rows import Stored
from agent.store.status import StoreStatus
from agent.store.store import Store

__all__ = ["Store", "StoreError", "StoreStatus", "Stored"]
