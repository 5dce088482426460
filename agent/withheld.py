"""What is derived of a camera leaves the pole only while that is lawful, by what holds when it is sent."""

from agent.store import Stored
from agent.trades.build import BuildContext


def withheld(context: BuildContext, row: Stored) -> bool:
    """Whether an event may not be sent now. Of whatever tells of no single vehicle that a camera saw nobody asks.

    What was seen counts only by a clock that is set: an event without a time that is trusted is not derived of it.
    """
    never = (each.what for each in context.derived() if each.always)
    written_before = context.unpurged if row.at.trusted else ()
    if not any(what.covers(row.type, row.subject, row.data) for what in (*never, *written_before)):
        return False
    now = context.clock.now()
    return not any(place.counts(now) for place in context.places.values())
