"""The recipients of commands: devices, and actions of the pole itself."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import NamedTuple

from agent import gate
from agent.commands.actions import PoleActions, Recalls, order_of
from agent.commands.target import CommandTarget
from agent.uplink.commands import PoleCommand
from drivers.base import Command, Outcome
from drivers.translation import _


class Recipient(NamedTuple):
    """What takes one order.

    Args:
        name: of the device or the action.
        carry_out: that order. Raises StoreError.
    """

    name: str
    carry_out: Callable[[], Awaitable[Outcome]]


class Recipients:
    """
    Args:
        targets: what takes commands and was built, by name.
        kinds: names of everything that takes commands, built or not, by what each is called ("lamp").
        others: names of everything else on the pole.
        actions: of the pole itself.
        orders: closed while a reload makes others of the targets.
    """

    def __init__(
        self,
        targets: Mapping[str, CommandTarget],
        kinds: Mapping[str, Collection[str]],
        others: Collection[str] = (),
        actions: PoleActions | None = None,
        orders: gate.Gate | None = None,
    ) -> None:
        self._targets, self._kinds, self._others = targets, kinds, others
        self._actions, self._orders = actions or PoleActions(), orders or gate.Gate()

    def passage(self, order: Command | PoleCommand) -> AbstractAsyncContextManager[None]:
        """Keeps the recipient what it is. An order to the pole itself may be a reload, and passes."""
        return nullcontext() if isinstance(order, PoleCommand) else self._orders

    def find(self, order: Command | PoleCommand, uplink: str | None = None) -> Recipient | Outcome:
        """Returns what takes an order, or why nothing does.

        Args:
            uplink: by which it came; None: it was given at the pole itself.
        """
        if isinstance(order, PoleCommand):
            return self._action(order, uplink)
        target = self._targets.get(order.device)
        if target is None:
            return self._without_target(order)
        return Recipient(order.device, partial(target.carry_out, order))

    def subject(self, order: Command | PoleCommand) -> str | None:
        """The device that it is about; None: the pole."""
        if isinstance(order, PoleCommand):
            return None
        names = (self._others, *self._kinds.values())
        return order.device if any(order.device in each for each in names) else None

    def ended(self, order: Command | PoleCommand) -> Outcome | None:
        """What came of one that was accepted before the pole ended; None: carried out again, it harms nobody."""
        action = self._actions.find(order.action) if isinstance(order, PoleCommand) else None
        if action is None or action.after_restart == "again":
            return action.recall(order.id) if isinstance(action, Recalls) else None
        if action.after_restart == "done":
            return Outcome(order.id, "done")
        reason = _("the pole was restarted before it was done, and cannot tell how far it came")
        return Outcome(order.id, "failed", reason)

    def _action(self, order: PoleCommand, uplink: str | None) -> Recipient | Outcome:
        action = self._actions.find(order.action)
        if action is None:
            hint = _hint(order.action, self._actions.names)
            what = _('this pole has no action "{action}"{hint}').format(action=order.action, hint=hint)
            return Outcome(order.id, "refused", what)
        try:
            told = order_of(action, order, uplink)
        except ValueError as error:
            what = _("data of {action}: {reason}").format(action=action.name, reason=error)
            return Outcome(order.id, "refused", what)
        return Recipient(action.name, partial(action.carry_out, told))

    def _without_target(self, command: Command) -> Outcome:
        """Why nothing of that name takes it."""
        device = command.device
        if (kind := next((kind for kind, names in self._kinds.items() if device in names), None)) is not None:
            reason = _("a defect of lamppost keeps this {kind} out of work: see {command}")
            return Outcome(command.id, "failed", reason.format(kind=kind, command="lamppost status"))
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
