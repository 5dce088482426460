"""How the store is, for a technician."""

from agent.store.keeper import FileKeeper
from agent.store.open_file import OpenFile
from agent.store.rows import tables
from agent.store.status import StoreStatus


def overview(keeper: FileKeeper, file: OpenFile) -> StoreStatus:
    """Returns how the store is; called on the thread that owns the file. Raises sqlite3.Error."""
    volume, absence = file.write_volume.state(keeper.now()), keeper.absence
    furthest = max(file.leases.values(), key=lambda each: keeper.depths[each.progress.name]).status(0)
    return StoreStatus(
        waiting=furthest.waiting,
        oldest=furthest.oldest,
        used_bytes=tables.used_bytes(file.outbox.database),
        max_bytes=keeper.ground.bounds.bytes,
        dropped=sum(file.outbox.counters.dropped.values()),
        moved_aside=str(keeper.moved_aside) if keeper.moved_aside else None,
        refuses=keeper.refuses,
        memory_only=absence.because if absence is not None else None,
        blind=absence is not None and absence.blind,
        written_today_bytes=volume.today_bytes if volume else None,
        written_yesterday_bytes=volume.yesterday_bytes if volume else None,
    )
