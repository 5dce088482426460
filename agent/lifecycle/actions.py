"""Orders from afar about the configuration: configuration.set and configuration.get."""

from collections.abc import Callable

from msgspec import Struct

from agent.commands import AfterRestart, PoleOrder
from agent.configuration.wanted import Wanted
from agent.events.security import CommandRefusal, CommandRefused, SecurityData
from agent.lifecycle.afar import Refused, Untrusted
from agent.lifecycle.life import Life
from drivers.base import Outcome

_UNSIGNED: CommandRefusal = "unsigned"


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """configuration.get takes nothing."""


class SetConfiguration:
    """See `Life.set`. One whose outcome was not told is answered with `failed`: what it set was taken back.

    Args:
        note: is told of an order without a signature that would change whom the pole trusts.
    """

    name, data = "configuration.set", Wanted
    after_restart: AfterRestart = "failed"

    def __init__(self, life: Life, note: Callable[[SecurityData], None] = lambda _data: None) -> None:
        self._life, self._note = life, note

    async def carry_out(self, order: PoleOrder[Wanted]) -> Outcome:
        is_signed = self._life.asks_signature(order.uplink)
        try:
            return order.done(await self._life.set(order.data, order.id, is_signed=is_signed))
        except Refused as error:
            if isinstance(error, Untrusted):
                self._note(CommandRefused(reason=_UNSIGNED, command_id=order.id))
            return order.refused(str(error))


class GetConfiguration:
    """What is in force, and what it says."""

    name, data = "configuration.get", Nothing
    after_restart: AfterRestart = "again"

    def __init__(self, life: Life) -> None:
        self._life = life

    async def carry_out(self, order: PoleOrder[Nothing]) -> Outcome:
        return order.done({**self._life.described(), "configuration": self._life.shown()})
