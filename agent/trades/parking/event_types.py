"""What is told of bays."""

from typing import Literal

from msgspec import Struct, field

from agent.events import Data, Priority
from agent.events.registry import Seconds, Time, event_type
from agent.regulation import Category, Continuity, ExceededStage

BAY_OCCUPIED = "bay.occupied"
BAY_FREED = "bay.freed"
BAY_OVERSTAY = "bay.overstay"
BAY_OVERSTAY_PRESUMED = "bay.overstay_presumed"
BAY_UNKNOWN = "bay.unknown"
BAY_KNOWN = "bay.known"
BAY_DISAGREEMENT = "bay.disagreement"
BAY_REMOVED = "bay.removed"

State = Literal["occupied", "free"]
ClockSource = Literal["ntp", "rtc", "none"]
ClockKeeperName = Literal["chrony", "systemd-timesyncd"]


class BayPlace(Struct, frozen=True, omit_defaults=True):
    """The place of a bay; what is not known is absent.

    Args:
        label: as people call it.
        reference: its number in the town's own register.
        latitude, longitude: degrees (WGS 84).
    """

    label: str | None = None
    reference: str | None = None
    latitude: float | None = None
    longitude: float | None = None


Evidence = Literal["bay_sensor", "camera"]

DoubtKind = Literal[
    "restart",
    "outage",
    "frames_lost",
    "sensor_started",
    "sensor_replaced",
    "source_changed",
    "contradicted",
    "clock_step",
    "not_watched",
]
"""Why another vehicle may have taken the place: the pole began anew; nobody saw the bay for as long as a swap takes;
frames of a sensor were lost that tells changes; the sensor began anew, or is another one; another source decides;
readings spoke against the stay; the clock was set; the bay was in no configuration."""

Ground = DoubtKind | Literal["looks_seldom", "tells_late", "not_borne_out"]
"""Why a stay is only presumed: a doubt in it; its sensor looks no more often than a swap takes; or takes longer than
that to tell a change; or has not spoken since, and its word that the vehicle has left may be lost."""


@event_type(BAY_OCCUPIED, priority=Priority.EVENT)
class BayOccupied(Data, frozen=True):
    """A vehicle has stood in the bay for the dwell time; dated when it came.

    Args:
        stay: identity of the stay; its other events carry the same.
        category: what the local order makes of the place; null: a temporary order lifts the rule.
        limit_s: how long it may stand; null: no limit.
        grace_s: after the limit.
        limit_applies: whether the hours of the limit are open now; null: the clock is not set.
        rule: name of the rule that holds; null: the bay's own, or none.
        order: name of the temporary order or document that holds; null: none.
        order_digest: digest of all that is ordered of the bay.
        no_return_until: the vehicle that has left last may not come back before; whether it is this one no sensor sees.
            null: nobody is kept from coming back.
        place: where the bay is; null: nobody has said it.
        uncertainty_s: it may have come so much earlier: since the reading before, or by the delay of a sensor that
            tells changes; null: not known.
        evidence: who decided.
    """

    stay: str
    category: Category | None
    limit_s: Seconds | None
    grace_s: Seconds
    limit_applies: bool | None
    rule: str | None
    order: str | None
    order_digest: str
    no_return_until: Time | None
    place: BayPlace | None
    uncertainty_s: Seconds | None
    evidence: Evidence


class Standing(Data, frozen=True):
    """What the events of a stay share.

    Args:
        stay: identity of the stay.
        entered_at: null where the clock was not set.
        continuity: "presumed" where another vehicle may have taken the place: after a doubt (a silence, a restart, lost
            frames), or where the sensor could not tell that.
    """

    stay: str
    entered_at: Time | None
    continuity: Continuity


@event_type(BAY_FREED, priority=Priority.EVENT)
class BayFreed(Standing, frozen=True):
    """The vehicle left.

    Args:
        duration_s: how long the stay lasted; with `duration_exact` false what is certain at least.
        charge_s: the longest time within it for which it is proven that one and the same vehicle stood there.
        uncertainty_s: it is too long or too short by at most so much; null: not known.
        category: what the local order makes of the place.
        rule, order, limit_s, grace_s, limit_applies, order_digest, place: as of `bay.occupied`, when it left.
        overstayed: whether an overstay was told.
        evidence: who decided; "both": a camera that it came, and when, and a sensor that it left.
    """

    duration_s: Seconds
    duration_exact: bool
    charge_s: Seconds
    uncertainty_s: Seconds | None
    category: Category
    rule: str | None
    order: str | None
    limit_s: Seconds | None
    grace_s: Seconds
    limit_applies: bool | None
    order_digest: str
    place: BayPlace | None
    overstayed: bool
    evidence: Literal["bay_sensor", "camera", "both"]


class Exceeding(Standing, frozen=True):
    """What the events of a stay share that exceeds an order.

    Args:
        stage: "limit": longer than the limit; "grace": longer than limit and grace.
        standing_s: the stay so far; with `standing_exact` false what is certain at least.
        charge_s: for so long it is proven that one and the same vehicle stands there.
        counted_s: what the order counts of the charge; of one that is presumed, of the stay.
        rule: name of the rule that holds; null: the bay's own.
        order: name of the temporary order or document that holds; null: none.
        order_digest: digest of all that is ordered of the bay.
        user: the class of users that the tag of the vehicle, or a permit for it, makes it one of; null: everybody.
        place: where the bay is; null: nobody has said it.
        exempt: whom the order exempts and no sensor can tell.
        evidence: who saw it.
    """

    stage: ExceededStage
    standing_s: Seconds
    standing_exact: bool
    charge_s: Seconds
    counted_s: Seconds
    limit_s: Seconds
    grace_s: Seconds
    category: Category
    rule: str | None
    order: str | None
    order_digest: str
    user: str | None
    place: BayPlace | None
    exempt: tuple[str, ...]
    evidence: Literal["bay_sensor", "camera", "both"]


@event_type(BAY_OVERSTAY, priority=Priority.ALARM)
class BayOverstay(Exceeding, frozen=True):
    """One and the same vehicle stands in a bay longer than the order allows: proven, as far as a sensor can.

    Args:
        told_before: whether this was told of the same stay before, under the same order and at least of this stage, for
            an earlier charge: whoever counts stays counts this one no more.
        charge_since: since when; null where the clock was not set.
        longest_gap_s: the longest time between two looks at it.
        clock_source: what the wall clock was set by.
        clock_error_s: how wrong it is at most, by the estimate of who keeps it; null: nobody knows.
        clock_kept_by: null: neither of these.
        clock_reference: the server or clock that it was set by; null: not known.
        clock_updated_at: when it was set by that last; null: not known.
        clock_authenticated: whether that time is authenticated (NTS); null: not known.
        sensor_conditions: what is the matter with the sensors of the bay, in the words of their events.
        article: of the law, or of the local order; null: none is certain.
        fine_class: class of the contravention; null: likewise, or the law knows none.
        law: what the article is of; null: of the local order, or there is none.
        statement: what is suspected, which order that exceeds, and the article, in one sentence.
        wording: a sensor sees a vehicle and not which one: more than suspected it never is.
    """

    told_before: bool
    charge_since: Time | None
    longest_gap_s: Seconds
    clock_source: ClockSource
    clock_error_s: Seconds | None
    clock_kept_by: ClockKeeperName | None
    clock_reference: str | None
    clock_updated_at: Time | None
    clock_authenticated: bool | None
    sensor_conditions: tuple[str, ...]
    article: str | None
    fine_class: int | None = field(name="class")
    law: str | None
    statement: str
    wording: Literal["suspected"]


@event_type(BAY_OVERSTAY_PRESUMED, priority=Priority.EVENT)
class BayOverstayPresumed(Exceeding, frozen=True):
    """A bay is occupied for longer than the order allows, but it is not proven that it is one vehicle.

    A hint where to look, and never an accusation: it names no article, and is to be mapped to no violation.

    Args:
        grounds: why it is not proven.
        wording: nothing is said of any vehicle.
    """

    grounds: tuple[Ground, ...]
    wording: Literal["presumed"]


@event_type(BAY_REMOVED, priority=Priority.EVENT)
class BayRemoved(Standing, frozen=True):
    """A bay is in the configuration no more, and a vehicle stands there: no end of its stay is told.

    When the bay is back within ten minutes the stay goes on, which `bay.known` or `bay.freed` tells.

    Args:
        standing_s: so far; with `standing_exact` false what is certain at least.
    """

    standing_s: Seconds
    standing_exact: bool


@event_type(BAY_DISAGREEMENT, priority=Priority.EVENT)
class BayDisagreement(Data, frozen=True):
    """The sources of a bay contradict each other, or agree again.

    Args:
        active: true when it begins, false when it ends.
        sources: what each of them says.
        decided_by: whose word holds; null: nobody's.
    """

    active: bool
    sources: dict[str, State]
    decided_by: str | None


@event_type(BAY_UNKNOWN, priority=Priority.EVENT)
class BayUnknown(Data, frozen=True):
    """The sensor is silent; a stay goes on.

    Args:
        last_state: before the silence; null: none was known.
        silent_s: null: no clock tells.
        stay: the stay that goes on; null: none.
    """

    last_state: State | None
    silent_s: Seconds | None
    stay: str | None


@event_type(BAY_KNOWN, priority=Priority.EVENT)
class BayKnown(Data, frozen=True):
    """The state is known again, or for the first time, without a change.

    Args:
        stay: the stay that goes on; null: none.
        evidence: who decided.
    """

    state: State
    stay: str | None
    evidence: Evidence
