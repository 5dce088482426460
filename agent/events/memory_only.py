"""The disk of the store cannot be read: it is in memory meanwhile."""

from agent.events import STORE_MEMORY_ONLY, STORE_ON_DISK, Data, Priority
from agent.events.registry import Count, Seconds, event_type


@event_type(STORE_MEMORY_ONLY, priority=Priority.ALARM, ages=False)
class StoreMemoryOnly(Data, frozen=True):
    """The store holds events and states in memory from now on, and the end of the daemon loses them.

    Args:
        detail: why the file cannot be used.
        unreachable: events that wait in the file, and are sent once it can be read again; null: not known.
    """

    detail: str
    unreachable: Count | None


@event_type(STORE_ON_DISK, priority=Priority.ALARM, ages=False)
class StoreOnDisk(Data, frozen=True):
    """The file can be used again, and has got what was in memory.

    Args:
        in_memory_s: how long it could not.
        events: that were taken over from memory.
    """

    in_memory_s: Seconds
    events: Count
