"""Events that wait while the others pass: the broker refuses them, or the dialect cannot say them."""

import logging

from agent.store import Stored
from agent.uplink.quarantine import Quarantine
from drivers.mqtt.errors import PacketTooLarge, PublishRefused, Unmappable
from drivers.translation import _

log = logging.getLogger(__name__)

MOST_ALONE = 1000
"""How many events that are too large, or that the dialect cannot say, are set aside one by one; after that, all events
of their types are."""

RefusedTypes = dict[str, tuple[Stored, PublishRefused]]
"""Types of event that the broker refuses, each with the first event of it and the refusal."""


class Refusals:
    """What one session knows of refusals, its own and those of the sessions before.

    A type of event that the broker refuses waits as a whole, so that its order is kept; an event that is too large, or
    that the dialect cannot say, waits by itself until the next session.

    Args:
        types: outlive the session, so that what is refused stands in the way of the others once at most.
        quarantine: the events that the broker hangs up on.
    """

    def __init__(self, types: RefusedTypes, quarantine: Quarantine) -> None:
        self._types, self._quarantine = types, quarantine
        self._alone: dict[int, PublishRefused] = {}

    @property
    def first(self) -> PublishRefused | None:
        """What the broker refuses, or the dialect cannot say; None: nothing."""
        of_types = [refusal for _, refusal in self._types.values()]
        hung_up = [PacketTooLarge(_("an event"), words) for words in self._quarantine.quarantined.values()]
        return next(iter([*of_types, *self._alone.values(), *hung_up]), None)

    def may_pass(self, row: Stored) -> bool:
        aside = row.seq in self._alone or row.seq in self._quarantine.quarantined
        return not aside and row.type not in self._types

    def add(self, row: Stored, refusal: PublishRefused) -> None:
        """The event is refused: it waits, or all of its type."""
        if self.first is None:
            log.warning("uplink: %s; kept, the others pass", refusal)
        refusal = refusal.with_traceback(None)  # whose frames hold the message, which may be large
        if isinstance(refusal, Unmappable | PacketTooLarge) and len(self._alone) < MOST_ALONE:
            self._alone[row.seq] = refusal
            return
        before, _ = self._types.get(row.type, (row, refusal))
        self._types[row.type] = before, refusal

    def to_ask_again(self) -> list[Stored]:
        """One event of each type that is refused."""
        return [row for row, _ in self._types.values()]

    def lift(self, row: Stored, passed: bool) -> bool:
        """Take up the type of the event again, if it passed, or if it alone is what is refused; whether it is."""
        if not passed and row.seq not in self._alone:
            return False
        del self._types[row.type]
        if self.first is None:
            log.warning("uplink: the broker refuses no event any more")
        return True
