"""The legal mode of the cameras: aggregates only, or single suspected events as well (pure)."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from agent.clock import Moment
from agent.events.registry import event
from agent.regulation.legal_mode import LegalMode
from agent.rule import Step
from agent.trades.kerb.event_types import KerbMode
from agent.trades.kerb.options import Authorisation, KerbOptions
from drivers.translation import _


class Mode(Struct, frozen=True):
    """The mode in force and why."""

    mode: LegalMode
    reason: str


class Written(Struct, frozen=True):
    """Events that were lawful in alert mode alone where they were written in it.

    Args:
        types: of event.
        subject: what they are about.
    """

    types: tuple[str, ...]
    subject: str | None


class ModeState(Struct, frozen=True):
    """What was last told of the mode.

    Args:
        told: None: nothing yet.
        derived: what the store may hold that was lawful in alert mode alone, since it was purged last.
    """

    told: Mode | None = None
    derived: tuple[Written, ...] = ()


def mode(options: KerbOptions, now: Moment, timezone: str) -> Mode:
    """`alert` only while it is asked for, authorised, and known to be within the days of the authorisation.

    Anything else is `statistics`: without a trusted clock nobody knows whether the authorisation is in force.
    """
    if options.mode == "statistics":
        return Mode("statistics", "configured")
    if options.authorisation is None:
        return Mode("statistics", _("alert is refused without [kerb.authorisation]"))
    if not now.trusted:
        return Mode("statistics", _("the clock is not set: whether the authorisation is in force is not known"))
    until = options.authorisation.valid_until
    if _local_date(now, timezone) > until:
        return Mode("statistics", _("the authorisation ended on {day}").format(day=until.isoformat()))
    kind = _("simulated authorisation") if options.authorisation.simulated else _("authorisation")
    words = _("{kind} {reference} in force until {day}")
    words = words.format(kind=kind, reference=options.authorisation.reference, day=until.isoformat())
    return Mode("alert", words)


def is_over(options: KerbOptions, current: Mode, now: Moment) -> bool:
    """Whether alert mode is over for certain, and not only in doubt for want of a clock."""
    return current.mode != "alert" and (options.mode == "statistics" or options.authorisation is None or now.trusted)


def step_mode(
    pole: str, options: KerbOptions, timezone: str, state: ModeState, now: Moment, *, derived: Sequence[Written] = ()
) -> Step[ModeState]:
    """Tells the mode at first and at each change. Asks to be asked again when the authorisation ends.

    A clock that is set or stepped is noticed within LOOK_S.

    Args:
        derived: what is lawful in alert mode alone, by the configuration. Once that is over whoever commits it purges
            the store of it (`withheld`).
    """
    current = mode(options, now, timezone)
    wake_at_s = None if options.mode == "statistics" else now.mono_s + _until_next_look_s(options, now, timezone)
    kept = () if is_over(options, current, now) else tuple(dict.fromkeys((*state.derived, *derived)))
    if current == state.told:
        return Step(state if kept == state.derived else structs.replace(state, derived=kept), (), wake_at_s)
    told = event(described(current, options.authorisation), pole, now)
    return Step(ModeState(current, kept), (told,), wake_at_s)


LOOK_S = 60.0


def _until_next_look_s(options: KerbOptions, now: Moment, timezone: str) -> float:
    if options.authorisation is None or not now.trusted:
        return LOOK_S
    ends = datetime.combine(options.authorisation.valid_until + timedelta(days=1), time(), ZoneInfo(timezone))
    left_s = ends.timestamp() - now.unix_s
    return min(LOOK_S, left_s) if left_s > 0 else LOOK_S


def described(current: Mode, authorisation: Authorisation | None) -> KerbMode:
    """The mode, why, and by what authorisation, for the city and for a technician."""
    if authorisation is None or current.mode != "alert":
        return KerbMode(mode=current.mode, reason=current.reason)
    return KerbMode(
        mode=current.mode,
        reason=current.reason,
        legal_basis=authorisation.legal_basis,
        reference=authorisation.reference,
        dpia_reference=authorisation.dpia_reference,
        controller=authorisation.controller,
        valid_until=authorisation.valid_until.isoformat(),
        simulated=authorisation.simulated,
    )


def _local_date(now: Moment, timezone: str) -> date:
    return now.utc.astimezone(ZoneInfo(timezone)).date()
