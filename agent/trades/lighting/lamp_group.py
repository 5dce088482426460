"""A group of lamps as one that takes commands: each member carries it out, and one outcome says what came of all."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec import structs

from agent.isolation import Isolation
from agent.trades.lighting.control.control import LampControl
from agent.trades.lighting.control.setpoint import same
from drivers.base import Command, Outcome, Status
from drivers.translation import _

MOST_NAMED = 20
"""Lamps of a group whose reasons an outcome gives: an event is bounded."""


class LampGroup:
    """
    Args:
        members: tells the names of its lamps now.
        lamps: those that were built.
        isolation: a defect in one lamp leaves the command to the others.
    """

    def __init__(
        self, members: Callable[[], Sequence[str]], lamps: Mapping[str, LampControl], isolation: Isolation
    ) -> None:
        self._members, self._lamps, self._isolation = members, lamps, isolation

    async def carry_out(self, command: Command) -> Outcome:
        """All lamps carry it out at the same time. Raises StoreError, once all have answered: it may be sent again."""
        members = self._members()
        told = await asyncio.gather(*(self._one(name, command) for name in members), return_exceptions=True)
        for each in told:
            if isinstance(each, BaseException):
                raise each
        outcomes = [each for each in told if isinstance(each, Outcome)]
        return joined(command.id, dict(zip(members, outcomes, strict=True)))

    async def _one(self, name: str, command: Command) -> Outcome:
        lamp = self._lamps.get(name)
        if lamp is None:
            return _out_of_work(command)
        part = self._isolation.part(f"command/{name}", each_alone=True)
        outcome = await part.attempt(partial(lamp.carry_out, structs.replace(command, device=name)))
        return outcome or _out_of_work(command)


def joined(command_id: str, outcomes: Mapping[str, Outcome]) -> Outcome:
    """One outcome: "done" when all did it; what all say alike is said once, else by the name of each that did not.

    A level was read back where every lamp has told the same one.
    """
    missed = {name: each for name, each in outcomes.items() if each.status != "done"}
    if not missed:
        return Outcome(command_id, "done", observed=_common_level([each.observed for each in outcomes.values()]))
    if len(missed) == len(outcomes) and len({(each.status, each.reason) for each in missed.values()}) == 1:
        return structs.replace(next(iter(missed.values())), observed=None)
    named = [f"{name} {each.status}: {each.reason}" for name, each in missed.items()][:MOST_NAMED]
    if len(missed) > len(named):
        named.append(_("and {count} more").format(count=len(missed) - len(named)))
    what = _("{count} of {all} lamps did not do it: {words}")
    # "refused" would say that all is as it was.
    status: Status = "refused" if all(each.status == "refused" for each in outcomes.values()) else "failed"
    return Outcome(command_id, status, what.format(count=len(missed), all=len(outcomes), words="; ".join(named)))


def _out_of_work(command: Command) -> Outcome:
    reason = _("a defect of lamppost keeps it out of work: see {command}").format(command="lamppost status")
    return Outcome(command.id, "failed", reason)


def _common_level(levels: Sequence[float | None]) -> float | None:
    return levels[0] if all(same(levels[0], each) for each in levels) else None
