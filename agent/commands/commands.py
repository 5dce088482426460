"""Command from upstream -> expiry, repetition, whoever takes it -> outcome."""

import asyncio
from collections.abc import Collection, Mapping
from functools import partial
from weakref import WeakValueDictionary

import msgspec
from msgspec import UNSET, Raw, Struct

from agent.clock import Clock, Moment
from agent.commands.actions import PoleActions, order_of
from agent.commands.target import CommandTarget
from agent.events.devices import CommandOutcome
from agent.events.registry import event
from agent.isolation import Isolation, Part
from agent.rule import Commit
from agent.uplink.commands import BadCommand, Heard, PoleCommand
from drivers.base import Command, Outcome
from drivers.translation import _

KEY = "commands"
REMEMBERED = 128
"""Outcomes kept to answer a command that is delivered again."""


class CommandsState(Struct, frozen=True):
    """Outcomes of the last commands, oldest first."""

    outcomes: tuple[Outcome, ...] = ()


class Commands:
    """Carries out each command once and tells its outcome; the same id again is answered with the first outcome.

    Args:
        pole: subject of outcomes of commands that name no device.
        targets: what takes commands and was built, by name.
        kinds: names of everything that takes commands, built or not, by what each is called ("lamp").
        others: names of everything else on the pole.
        state: as loaded from the store under KEY.
        isolation: keeps a defect in one command from the others.
    """

    def __init__(
        self,
        pole: str,
        targets: Mapping[str, CommandTarget],
        kinds: Mapping[str, Collection[str]],
        others: Collection[str],
        *,
        commit: Commit,
        clock: Clock,
        actions: PoleActions | None = None,
        state: CommandsState | None = None,
        isolation: Isolation | None = None,
    ) -> None:
        self.state = state or CommandsState()
        self._pole, self._targets, self._kinds, self._others = pole, targets, kinds, others
        self._commit, self._clock, self._actions = commit, clock, actions or PoleActions()
        self._isolation = isolation or Isolation()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._publishing = asyncio.Lock()

    async def handle(self, command: Heard) -> Outcome:
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

    def _subject(self, command: Command | PoleCommand) -> str:
        if isinstance(command, PoleCommand):
            return self._pole
        names = (self._others, *self._kinds.values())
        return command.device if any(command.device in each for each in names) else self._pole

    async def _carry_out(self, command: Command | PoleCommand) -> Outcome:
        too_late = self._check_expiry(command, self._clock.now())
        if too_late is not None:
            return too_late
        if isinstance(command, PoleCommand):
            return await self._act(command)
        target = self._targets.get(command.device)
        return self._without_target(command) if target is None else await self._tell(target, command)

    async def _tell(self, target: CommandTarget, command: Command) -> Outcome:
        part = self._isolation.part(f"command/{command.device}", each_alone=True)
        outcome = await part.attempt(partial(target.carry_out, command))
        return outcome or self._defect(command.id, part)

    def _defect(self, id: str, part: Part) -> Outcome:
        kind = part.failure.defect.error if part.failure else "none"
        return Outcome(id, "failed", f"a defect of lamppost ({kind}), which may have carried it out by halves")

    async def _act(self, command: PoleCommand) -> Outcome:
        action = self._actions.find(command.action)
        if action is None:
            from difflib import get_close_matches  # large, and needed for a mistake alone

            near = get_close_matches(command.action, self._actions.names, n=1)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            return Outcome(command.id, "refused", f'this pole has no action "{command.action}"{hint}')
        try:
            order = order_of(action, command.id, Raw(command.data), command.expires)
        except (msgspec.ValidationError, ValueError) as error:
            return Outcome(command.id, "refused", f"data of {action.name}: {error}")
        part = self._isolation.part(f"command/{action.name}", each_alone=True)
        outcome = await part.attempt(partial(action.carry_out, order))
        return outcome or self._defect(command.id, part)

    def _check_expiry(self, command: Command | PoleCommand, now: Moment) -> Outcome | None:
        """An outcome when it is too late, or when nobody knows whether it is."""
        if command.expires is None:
            return None
        if not now.trusted:
            reason = _("the clock of the pole is not set, so it cannot tell whether this has expired")
            return Outcome(command.id, "refused", reason)
        if now.utc >= command.expires:
            late_s = (now.utc - command.expires).total_seconds()
            return Outcome(command.id, "expired", _("expired {late_s:.0f} s ago").format(late_s=late_s))
        return None

    def _without_target(self, command: Command) -> Outcome:
        """Why nothing of that name takes it."""
        device = command.device
        for kind, names in self._kinds.items():
            if device in names:
                reason = _("a defect of lamppost keeps this {kind} out of work: see {command}")
                reason = reason.format(kind=kind, command="lamppost status")
                return Outcome(command.id, "failed", reason)
        if device in self._others:
            able = _(" and ").join(f"{kind}s" for kind in self._kinds)
            others = _("only {kinds} do").format(kinds=able) if able else _("nothing on this pole does")
            what = _('"{device}" takes no commands; {others}').format(device=device, others=others)
            return Outcome(command.id, "refused", what)
        from difflib import get_close_matches  # large, and needed for a mistake alone

        near = get_close_matches(device, self._targets, n=1)
        hint = _('; did you mean "{name}"?').format(name=near[0]) if near else ""
        return Outcome(command.id, "refused", _('this pole has no "{device}"{hint}').format(device=device, hint=hint))

    async def _remember(self, subject: str, outcome: Outcome) -> None:
        async with self._publishing:
            others = tuple(one for one in self.state.outcomes if one.command_id != outcome.command_id)
            state = CommandsState((*others, outcome)[-REMEMBERED:])
            await self._publish(subject, outcome, state)
            self.state = state

    async def _publish(self, subject: str, outcome: Outcome, state: CommandsState) -> None:
        told = CommandOutcome(
            command_id=outcome.command_id or None,
            status=outcome.status,
            reason=outcome.reason,
            observed=outcome.observed,
            data=UNSET if outcome.data is None else dict(outcome.data),
        )
        await self._commit((event(told, subject, self._clock.now()),), {} if state == self.state else {KEY: state})
