"""Orders from afar about the configuration: configuration.set and configuration.get."""

from msgspec import Struct

from agent.commands import AfterRestart, PoleOrder
from agent.configuration.wanted import Wanted
from agent.lifecycle.afar import Refused
from agent.lifecycle.life import Life
from drivers.base import Outcome


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """configuration.get takes nothing."""


class SetConfiguration:
    """See `Life.set`. One whose outcome was not told is answered with `failed`: what it set was taken back."""

    name, data = "configuration.set", Wanted
    after_restart: AfterRestart = "failed"

    def __init__(self, life: Life) -> None:
        self._life = life

    async def carry_out(self, order: PoleOrder[Wanted]) -> Outcome:
        try:
            return order.done(await self._life.set(order.data, order.id))
        except Refused as error:
            return order.refused(str(error))


class GetConfiguration:
    """What is in force, and what it says."""

    name, data = "configuration.get", Nothing
    after_restart: AfterRestart = "again"

    def __init__(self, life: Life) -> None:
        self._life = life

    async def carry_out(self, order: PoleOrder[Nothing]) -> Outcome:
        return order.done({**self._life.described(), "configuration": self._life.shown()})
