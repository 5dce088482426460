"""Command from upstream -> expiry, actuator, read-back -> outcome."""

import asyncio
import math
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, Protocol
from weakref import WeakValueDictionary

from msgspec import Struct

from agent.clock import Clock, Moment
from agent.events import COMMAND_OUTCOME, Event, Priority
from agent.isolation import Isolation
from agent.rule import Commit
from agent.uplink.commands import MAX_HOLD_S, BadCommand
from drivers.base import Command, Outcome

KEY = "commands"
REMEMBERED = 128
"""Outcomes kept to answer a command that is delivered again."""

_WITH_LEVEL = frozenset({"override", "level"})
_ACTIONS = _WITH_LEVEL | {"release"}


class CommandTarget(Protocol):
    """What can be told something: a lamp."""

    async def carry_out(self, command: Command) -> Outcome: ...


class CommandsState(Struct, frozen=True):
    """Outcomes of the last commands, oldest first."""

    outcomes: tuple[Outcome, ...] = ()


class Commands:
    """Carries out each command once and tells its outcome; the same id again is answered with the first outcome.

    Args:
        pole: subject of outcomes of commands that name no device.
        lamps: by name.
        others: names of everything else on the pole, which takes no commands.
        state: as loaded from the store under KEY.
        failed: names of lamps that could not be built, by a defect.
        isolation: keeps a defect in one command from the others.
    """

    def __init__(
        self,
        pole: str,
        lamps: Mapping[str, CommandTarget],
        others: Collection[str],
        *,
        commit: Commit,
        clock: Clock,
        state: CommandsState | None = None,
        failed: Collection[str] = (),
        isolation: Isolation | None = None,
    ) -> None:
        self.state = state or CommandsState()
        self._pole, self._lamps, self._others = pole, lamps, others
        self._commit, self._clock = commit, clock
        self._failed, self._isolation = failed, isolation or Isolation()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._publishing = asyncio.Lock()

    async def handle(self, command: Command | BadCommand) -> Outcome:
        """Carry it out and tell the outcome. Raises what `commit` raises; the command may then be sent again."""
        if isinstance(command, BadCommand):
            outcome = Outcome(command.id or "", "refused", command.reason)
            await self._publish(self._pole, outcome, self.state)
            return outcome
        turn = self._turns.setdefault(command.id, asyncio.Lock())
        async with turn:
            outcome = self._known(command.id) or await self._carry_out(command)
            await self._remember(self._subject(command), outcome)
            return outcome

    def _known(self, command_id: str) -> Outcome | None:
        return next((one for one in self.state.outcomes if one.command_id == command_id), None)

    def _subject(self, command: Command) -> str:
        known = (self._lamps, self._others, self._failed)
        return command.device if any(command.device in names for names in known) else self._pole

    async def _carry_out(self, command: Command) -> Outcome:
        return (
            self._check_expiry(command, self._clock.now()) or self._check_valid(command) or await self._to_lamp(command)
        )

    async def _to_lamp(self, command: Command) -> Outcome:
        part = self._isolation.part(f"command/{command.device}", each_alone=True)
        outcome = await part.attempt(partial(self._lamps[command.device].carry_out, command))
        if outcome is not None:
            return outcome
        kind = part.failure.defect.error if part.failure else "none"
        return Outcome(command.id, "failed", f"a defect of lamppost ({kind}), which may have carried it out by halves")

    def _check_expiry(self, command: Command, now: Moment) -> Outcome | None:
        """An outcome when it is too late, or when nobody knows whether it is."""
        if command.expires is None:
            return None
        if not now.trusted:
            return _refused(command, "the clock of the pole is not set, so it cannot tell whether this has expired")
        if now.utc >= command.expires:
            return Outcome(command.id, "expired", f"expired {(now.utc - command.expires).total_seconds():.0f} s ago")
        return None

    def _check_valid(self, command: Command) -> Outcome | None:
        """An outcome when the pole has no such device, or the device no such action or value."""
        if command.device in self._failed:
            return Outcome(
                command.id, "failed", "a defect of lamppost keeps this lamp out of work: see lamppost status"
            )
        if command.device not in self._lamps:
            return _refused(command, self._no_lamp(command.device))
        if command.action not in _ACTIONS:
            return _refused(command, f'a lamp knows "override", "level" and "release", not "{command.action}"')
        return _wrong_value(command)

    def _no_lamp(self, device: str) -> str:
        if device in self._others:
            return f'"{device}" takes no commands; only lamps do'
        from difflib import get_close_matches  # large, and needed for a mistake alone

        near = get_close_matches(device, self._lamps, n=1)
        return f'this pole has no "{device}"' + (f'; did you mean "{near[0]}"?' if near else "")

    async def _remember(self, subject: str, outcome: Outcome) -> None:
        async with self._publishing:
            others = tuple(one for one in self.state.outcomes if one.command_id != outcome.command_id)
            state = CommandsState((*others, outcome)[-REMEMBERED:])
            await self._publish(subject, outcome, state)
            self.state = state

    async def _publish(self, subject: str, outcome: Outcome, state: CommandsState) -> None:
        data: dict[str, Any] = {
            "command_id": outcome.command_id or None,
            "status": outcome.status,
            "reason": outcome.reason,
            "observed": outcome.observed,
        }
        event = Event(type=COMMAND_OUTCOME, subject=subject, at=self._clock.now(), data=data, priority=Priority.ALARM)
        await self._commit((event,), {} if state == self.state else {KEY: state})


def _refused(command: Command, reason: str) -> Outcome:
    return Outcome(command.id, "refused", reason)


def _wrong_value(command: Command) -> Outcome | None:
    level, hold_s = command.value, command.hold_s
    if command.action in _WITH_LEVEL and (level is None or not 0 <= level <= 100):
        return _refused(command, f"a level is 0 to 100 %, not {'left out' if level is None else f'{level:g}'}")
    if hold_s is not None and not (hold_s > 0 and math.isfinite(hold_s)):
        return _refused(command, f"an override holds for some seconds or until released, not for {hold_s:g} s")
    if hold_s is not None and hold_s > MAX_HOLD_S:
        return _refused(
            command, f"an override holds for {MAX_HOLD_S / 86400:g} d at most; for longer, change the program"
        )
    return None
