"""events.resend: an uplink is sent again what the pole still has of its events."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, structs

from agent.commands.actions import AfterRestart, PoleOrder
from agent.store import NeverSent, Position, Resend
from drivers.base import Outcome
from drivers.translation import _

MOST = 10_000
"""Events that one order sends again."""


class ResendData(Struct, frozen=True, forbid_unknown_fields=True):
    """The first event: by its number or by a time, one of both.

    Args:
        from_sequence: the first number that is missing.
        from_time: what happened since then.
        limit: events that are sent again at most; the outcome says where to go on.
    """

    from_sequence: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    from_time: Annotated[datetime, Meta(tz=True)] | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST)] = 1000


class ResendEvents:
    """Sends again, marked as replayed and at the rate of the backlog, to the uplink that asks.

    Args:
        position: of an uplink by its name. Raises KeyError: there is none of that name.
    """

    name = "events.resend"
    data = ResendData
    after_restart: AfterRestart = "again"

    def __init__(self, position: Callable[[str], Position]) -> None:
        self._position = position

    async def carry_out(self, order: PoleOrder[ResendData]) -> Outcome:
        """Raises StoreError."""
        if order.uplink is None:
            return order.refused(_("it is for the uplink that asks: an order at the pole itself comes by none"))
        if (order.data.from_sequence is None) == (order.data.from_time is None):
            return order.refused(_("expected either from_sequence or from_time"))
        try:
            position = self._position(order.uplink)
        except KeyError:
            return order.failed(_("this uplink is no more in the configuration"))
        try:
            return order.done(structs.asdict(await _resent(position, order.data)))
        except NeverSent:
            reason = _("no event of this uplink has such a number yet: the newest is {newest}")
            return order.refused(reason.format(newest=(await position.status()).newest))


async def _resent(position: Position, asked: ResendData) -> Resend:
    from_unix_s = None if asked.from_time is None else asked.from_time.timestamp()
    return await position.resend(from_sequence=asked.from_sequence, from_unix_s=from_unix_s, limit=asked.limit)
