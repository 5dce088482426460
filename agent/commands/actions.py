"""Actions of the pole itself: what a part of the pole adds by name, and what it is handed when the city orders it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeVar, runtime_checkable

import msgspec
from msgspec import Raw, Struct

from agent.commands.data import members, problems
from agent.config.problems import bounded
from agent.uplink.commands import PoleCommand
from drivers.base import Outcome
from drivers.translation import _

D = TypeVar("D", bound=Struct)

AfterRestart = Literal["again", "done", "failed"]
"""What becomes of an order that was accepted, and whose outcome was not written when the pole ended: it is carried out
again; the restart itself was what it asked for; it is answered with `failed`, since a second time could do harm."""


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """`data` of an action that takes none."""


class PoleOrder(Struct, Generic[D], frozen=True):
    """One order to the pole itself, in time and from who may give it.

    Args:
        id: chosen by the sender; the outcome carries it.
        data: what the action takes.
        expires: aware UTC moment after which it must not be carried out; it has been judged already. None: never.
        uplink: by which it came; None: it was given at the pole itself.
    """

    id: str
    data: D
    expires: datetime | None = None
    uplink: str | None = None

    def done(self, data: Mapping[str, Any] | None = None) -> Outcome:
        """
        Args:
            data: the answer, JSON-able, at most MAX_DATA_BYTES of it.
        """
        return Outcome(self.id, "done", data=data)

    def refused(self, reason: str, data: Mapping[str, Any] | None = None) -> Outcome:
        """What was ordered makes no sense here, and all is as it was."""
        return Outcome(self.id, "refused", reason, data=data)

    def failed(self, reason: str, data: Mapping[str, Any] | None = None) -> Outcome:
        """It was tried."""
        return Outcome(self.id, "failed", reason, data=data)


class PoleAction(Protocol[D]):
    """One action of the pole itself.

    Args:
        name: on the wire: "pole.restart", "document.set".
        data: struct of the member `data` of its message; forbid_unknown_fields refuses a key too many.
        after_restart: see AfterRestart.
    """

    @property
    def name(self) -> str: ...

    @property
    def data(self) -> type[D]: ...

    @property
    def after_restart(self) -> AfterRestart: ...

    async def carry_out(self, order: PoleOrder[D]) -> Outcome:
        """Check it and carry it out. Raises StoreError: then it is tried again."""
        ...


@runtime_checkable
class Recalls(Protocol):
    """An action that writes what came of an order together with what it changed."""

    def recall(self, id: str) -> Outcome | None:
        """What came of an order before the pole ended; None: it was not carried out. An expiry does not undo it."""
        ...


@runtime_checkable
class Judges(Protocol):
    """An action that can say what else is wrong with data that are not its, so that all is told at once."""

    def further(self, told: Mapping[str, Any]) -> Sequence[str]:
        """
        Args:
            told: as it was sent; any key may be wrong or missing.
        """
        ...


class PoleActions:
    """Every action of a pole, by its name."""

    def __init__(self) -> None:
        self._actions: dict[str, PoleAction[Any]] = {}

    def add(self, action: PoleAction[Any]) -> None:
        """Raises ValueError where there is one of that name."""
        if action.name in self._actions:
            raise ValueError(_("two actions are called {name}").format(name=action.name))
        self._actions[action.name] = action

    def find(self, name: str) -> PoleAction[Any] | None:
        return self._actions.get(name)

    @property
    def names(self) -> list[str]:
        return sorted(self._actions)


def order_of(action: PoleAction[D], command: PoleCommand, uplink: str | None) -> PoleOrder[D]:
    """What the action is handed. Raises ValueError for data that are not its: with all that is wrong, one a line."""
    try:
        return PoleOrder(command.id, msgspec.json.decode(command.data, type=action.data), command.expires, uplink)
    except msgspec.ValidationError as error:
        told = members(Raw(command.data))
        further = action.further(told) if isinstance(action, Judges) else ()
        raise ValueError("\n".join(bounded([*problems(told, action.data), *further])) or str(error)) from error
