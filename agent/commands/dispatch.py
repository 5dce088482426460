"""Hands a command to whatever it names, a device or an action of the pole; a defect there costs that command alone."""

from collections.abc import Collection, Iterable, Mapping
from functools import partial

from msgspec import Raw

from agent.commands.actions import PoleActions, Recalls, order_of
from agent.commands.target import CommandTarget
from agent.isolation import Isolation, Part
from agent.uplink.commands import PoleCommand
from drivers.base import Command, Outcome
from drivers.translation import _


class Dispatch:
    """
    Args:
        targets: what takes commands and was built, by name.
        kinds: names of everything that takes commands, built or not, by what each is called ("lamp").
        others: names of everything else on the pole.
        actions: of the pole itself.
        isolation: keeps a defect in one command from the others.
    """

    def __init__(
        self,
        targets: Mapping[str, CommandTarget],
        kinds: Mapping[str, Collection[str]],
        others: Collection[str] = (),
        actions: PoleActions | None = None,
        isolation: Isolation | None = None,
    ) -> None:
        self._targets, self._kinds, self._others = targets, kinds, others
        self._actions, self._isolation = actions or PoleActions(), isolation or Isolation()

    def subject(self, order: Command | PoleCommand) -> str | None:
        """The device that it is about; None: the pole."""
        if isinstance(order, PoleCommand):
            return None
        names = (self._others, *self._kinds.values())
        return order.device if any(order.device in each for each in names) else None

    async def carry_out(self, order: Command | PoleCommand) -> Outcome:
        """Raises StoreError: it is not known whether it was carried out, and may be tried again."""
        if isinstance(order, PoleCommand):
            return await self._act(order)
        target = self._targets.get(order.device)
        if target is None:
            return self._without_target(order)
        part = self._isolation.part(f"command/{order.device}", each_alone=True)
        return await part.attempt(partial(target.carry_out, order)) or _defect(order.id, part)

    def ended(self, order: Command | PoleCommand) -> Outcome | None:
        """What came of one that was accepted before the pole ended; None: carried out again, it harms nobody."""
        action = self._actions.find(order.action) if isinstance(order, PoleCommand) else None
        if action is None or action.after_restart == "again":
            return action.recall(order.id) if isinstance(action, Recalls) else None
        if action.after_restart == "done":
            return Outcome(order.id, "done")
        reason = _("the pole was restarted before it was done, and cannot tell how far it came")
        return Outcome(order.id, "failed", reason)

    async def _act(self, order: PoleCommand) -> Outcome:
        action = self._actions.find(order.action)
        if action is None:
            hint = _hint(order.action, self._actions.names)
            what = _('this pole has no action "{action}"{hint}').format(action=order.action, hint=hint)
            return Outcome(order.id, "refused", what)
        try:
            told = order_of(action, order.id, Raw(order.data), order.expires)
        except ValueError as error:
            what = _("data of {action}: {reason}").format(action=action.name, reason=error)
            return Outcome(order.id, "refused", what)
        part = self._isolation.part(f"command/{action.name}", each_alone=True)
        return await part.attempt(partial(action.carry_out, told)) or _defect(order.id, part)

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
        hint = _hint(device, self._targets)
        return Outcome(command.id, "refused", _('this pole has no "{device}"{hint}').format(device=device, hint=hint))


def _hint(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # large, and needed for a mistake alone

    near = get_close_matches(name, list(known), n=1)
    return _('; did you mean "{name}"?').format(name=near[0]) if near else ""


def _defect(id: str, part: Part) -> Outcome:
    kind = part.failure.defect.error if part.failure else _("none")
    what = _("a defect of lamppost ({kind}), which may have carried it out by halves").format(kind=kind)
    return Outcome(id, "failed", what)
