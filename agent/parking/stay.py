"""Stays: what is known of one vehicle in one bay, and how long it has stood there for certain (pure)."""

from typing import Literal

from msgspec import Struct, structs

from agent.clock import Moment

Continuity = Literal["certain", "presumed"]
Stage = Literal["", "limit", "grace"]

_CLOCK_STEP_S = 1.0
"""Two clocks that agree within this are both right."""


class BayStay(Struct, frozen=True):
    """One stay, from the first reading that showed it.

    Args:
        key: unique for ever; the events of one stay share it.
        entered: back-dated to the first occupied reading.
        gap_s: between the last reading before and that one: the vehicle came somewhere in it; None: unknown.
        continuity: "presumed" once a silence or a restart could have hidden a swap of vehicles.
        counted_s: how much of the stay was seen by monotonic clocks until `counted_to`.
        stage: how far its overstay was told.
    """

    key: str
    entered: Moment
    gap_s: float | None
    counted_to: Moment
    counted_s: float = 0.0
    continuity: Continuity = "certain"
    stage: Stage = ""


class Length(Struct, frozen=True):
    """How long a stay has lasted: `seconds`, and whether that is all of it or what is certain at least."""

    seconds: float
    exact: bool


def begun(bay: str, entered: Moment, gap_s: float | None) -> BayStay:
    key = f"{bay}.{entered.boot[:8]}.{entered.mono_s * 1000:.0f}"
    return BayStay(key, entered, gap_s, entered)


def length(stay: BayStay, until: Moment) -> Length:
    """From entry to `until`, across restarts by the wall clock when it was trusted at both ends.

    Where no clock tells, or the wall clock says less than monotonic clocks have counted, what was counted is certain.
    """
    counted_s = stay.counted_s + max(0.0, until.since(stay.counted_to) or 0.0)
    whole_s = until.since(stay.entered)
    if whole_s is None or whole_s < counted_s - _CLOCK_STEP_S:
        return Length(counted_s, exact=False)
    return Length(max(0.0, whole_s), exact=True)


def counted(stay: BayStay, now: Moment) -> BayStay:
    """The stay was seen again now: what has passed in this boot is counted, a pause between two boots is not."""
    same_boot = now.boot == stay.counted_to.boot
    seen_s = max(0.0, now.mono_s - stay.counted_to.mono_s) if same_boot else 0.0
    return structs.replace(stay, counted_s=stay.counted_s + seen_s, counted_to=now)


def presumed(stay: BayStay | None) -> BayStay | None:
    return stay and structs.replace(stay, continuity="presumed")


def corrected(stay: BayStay | None, now: Moment) -> BayStay | None:
    """Its moments by a clock that was set since, as far as they lie in the same boot."""
    return stay and structs.replace(
        stay, entered=stay.entered.corrected(now), counted_to=stay.counted_to.corrected(now)
    )
