"""The times at which the city is told that a certificate ends: 30, 14, 7 and 1 days ahead, and when it has (pure)."""

import math
from collections.abc import Sequence

from msgspec import UNSET, Struct

from agent.clock import Moment, rfc3339
from agent.events import Event
from agent.events.pole import CertificateExpires
from agent.events.registry import event
from agent.rule import Step
from drivers.mqtt.named_files import Expiry

STAGES = (30, 14, 7, 1, 0)
"""Days before the end; 0: it has ended."""

LOOK_S = 60.0
"""The broker's certificate becomes known with a connection, and another one with a later connection."""

FIRST_LOOK_S = 2.0
"""The time until the next look while no certificate is known: there was no connection yet."""

_DAY_S = 86_400.0


class Told(Struct, frozen=True):
    """What was last told of one certificate.

    Args:
        not_after_s: of which one: its successor ends at another time.
    """

    not_after_s: float
    stage: int


class ExpiryState(Struct, frozen=True):
    """What was told, by certificate: "broker", or with the name of its uplink "lighting/broker"."""

    told: dict[str, Told] = {}


def days_left(not_after_s: float, now: Moment) -> int:
    """Whole days that are left; negative: since it ended."""
    return math.floor((not_after_s - now.unix_s) / _DAY_S)


Known = Sequence[tuple[str, Expiry]]
"""Certificates, each with the name of its uplink."""


def step(pole: str, state: ExpiryState, now: Moment, known: Known) -> Step[ExpiryState]:
    """Tells each stage of each certificate once. Without a clock nobody knows how long one lasts."""
    wake_at_s = now.mono_s + (LOOK_S if known else FIRST_LOOK_S)
    told, events = state.told, []
    for uplink, one in known if now.trusted else ():
        stage = _stage(one.not_after_s - now.unix_s)
        key = f"{uplink}/{one.certificate}" if uplink else one.certificate
        before = told.get(key)
        if stage is None or (before and before.not_after_s == one.not_after_s and before.stage <= stage):
            continue
        told = told | {key: Told(one.not_after_s, stage)}
        events.append(_event(pole, uplink, one, now))
    return Step(ExpiryState(told), tuple(events), wake_at_s)


def _stage(left_s: float) -> int | None:
    """The last one that was reached; None: there is time."""
    return min((days for days in STAGES if left_s <= days * _DAY_S), default=None)


def _event(pole: str, uplink: str, one: Expiry, now: Moment) -> Event:
    told = CertificateExpires(
        certificate=one.certificate,
        file=one.file,
        valid_until=rfc3339(one.not_after_s),
        days_left=days_left(one.not_after_s, now),
        uplink=uplink or UNSET,
    )
    return event(told, pole, now)
