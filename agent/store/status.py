"""What the store tells of itself."""

from msgspec import Struct

from agent.clock import Moment


class StoreStatus(Struct, frozen=True):
    """How the store is.

    Args:
        waiting: events that have not arrived by name of their priority, of the uplink for which most wait.
        oldest: when that one of them happened which waits longest; None: nothing waits.
        used_bytes, max_bytes: of the database file.
        dropped: events dropped since the start, for each uplink that did not get them.
        moved_aside: the damaged file that was found since the start, if one was.
        memory_only: why the store is in memory; None: it is in its file.
        blind: it is, and nothing of the file could be read since the start: what is not known now may stand there.
        refuses: why the disk refused last, where it has not taken a change since.
        written_today_bytes, written_yesterday_bytes: what went to the disk, by days of UTC; None: not known.
    """

    waiting: dict[str, int]
    oldest: Moment | None
    used_bytes: int
    max_bytes: int
    dropped: int
    moved_aside: str | None
    refuses: str | None
    memory_only: str | None
    blind: bool
    written_today_bytes: int | None
    written_yesterday_bytes: int | None


class PositionStatus(Struct, frozen=True):
    """How far one uplink is.

    Args:
        waiting: events that have not arrived, by name of their priority.
        oldest: when the event that waits longest happened; None: nothing waits.
        dropped: events dropped since the start that it did not get.
        newest: the highest number that was given; 0: none was.
        unconfirmed: events that the broker has, and the platform has yet to confirm.
        resending: events that are still to be sent again.
    """

    waiting: dict[str, int]
    oldest: Moment | None
    dropped: int
    newest: int
    unconfirmed: int
    resending: int
