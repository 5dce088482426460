"""What is told of an order, pure: outcomes that need nobody to carry it out, and the event of each."""

from msgspec import UNSET, json, structs

from agent.clock import Moment
from agent.events import Event
from agent.events.devices import CommandOutcome
from agent.events.registry import event
from agent.isolation import Failure
from agent.uplink.commands import PoleCommand
from drivers.base import Command, Outcome
from drivers.printable import printable_lines
from drivers.translation import _

MAX_DATA_BYTES = 64 * 1024
"""The most that an action of the pole answers."""


def too_late(order: Command | PoleCommand, now: Moment) -> Outcome | None:
    """An outcome when it is too late, or when nobody knows whether it is."""
    if order.expires is None:
        return None
    if not now.trusted:
        reason = _("the clock of the pole is not set, so it cannot tell whether this has expired")
        return Outcome(order.id, "refused", reason)
    if now.utc >= order.expires:
        late_s = (now.utc - order.expires).total_seconds()
        return Outcome(order.id, "expired", _("expired {late_s:.0f} s ago").format(late_s=late_s))
    return None


def after_defect(order: Command | PoleCommand, failure: Failure | None) -> Outcome:
    """
    Args:
        failure: of the part that was to carry it out.
    """
    kind = failure.defect.error if failure else _("none")
    what = _("a defect of lamppost ({kind}), which may have carried it out by halves").format(kind=kind)
    return Outcome(order.id, "failed", what)


def bounded(outcome: Outcome) -> Outcome:
    """The same, without an answer that is too long to be told."""
    size = 0 if outcome.data is None else len(json.encode(outcome.data))
    if size <= MAX_DATA_BYTES:
        return outcome
    reason = _("the answer has {size} bytes, {most} at most can be told").format(size=size, most=MAX_DATA_BYTES)
    return structs.replace(outcome, status="failed", reason=reason, data=None)


def told(outcome: Outcome, subject: str, at: Moment, uplink: str | None = None) -> Event:
    """The event of an outcome, for the uplink by which the command came; None: it was given at the pole itself.

    Its reason may hold words of whoever sent the order, and is escaped.
    """
    data = CommandOutcome(
        command_id=outcome.command_id or None,
        status=outcome.status,
        reason=printable_lines(outcome.reason),
        observed=outcome.observed,
        data=UNSET if outcome.data is None else dict(outcome.data),
        uplink=UNSET if uplink is None else uplink,
    )
    return structs.replace(event(data, subject, at), uplink=uplink)
