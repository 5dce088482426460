"""What is told of zones and of the legal mode."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from agent.events import Data, Priority
from agent.events.registry import Count, Day, Seconds, Time, event_type
from agent.regulation import Category, ExceededStage
from agent.regulation.legal_mode import LegalMode

KERB_SUSPECTED = "kerb.suspected"
KERB_STATISTICS = "kerb.statistics"
KERB_MODE = "kerb.mode"


@event_type(KERB_SUSPECTED, priority=Priority.ALARM)
class KerbSuspected(Data, frozen=True):
    """A vehicle stands in a zone longer than it may. Told in alert mode.

    Args:
        vehicle: class that the detector saw: "car", "truck", "bus", "motorcycle" or "vehicle".
        article: of the law, or of the local order; null: none is certain.
        fine_class: class of the contravention; null: likewise, or the law knows none.
        law: what the article is of; null: of the local order, or there is none.
        statement: what is suspected, which order that exceeds, and the article, in one sentence.
        wording: only a sworn agent states an offence.
        stage: "limit": longer than the limit; "grace": longer than limit and grace.
        charge_s: of `standing_s`, for how long it is held to be the same vehicle: not before an outage of the camera.
        counted_s: of `charge_s`, what the order counts.
        rule: name of the rule that holds; null: the zone's own.
        order: name of the temporary order that holds; null: none.
        order_digest: digest of all that is ordered of the zone.
        exempt: whom the order exempts and no camera can tell.
        evidence: "both": a bay sensor tells of the vehicle beside which it stands double.
        doubt: 1 minus the best score of the detector, 0 to 1.
        authorisation: reference of the decision under which it is told.
        simulated: a demonstration.
    """

    zone: str
    category: Category
    article: str | None
    fine_class: int | None = field(name="class")
    law: str | None
    statement: str
    wording: Literal["suspected"]
    stage: ExceededStage
    vehicle: str
    suspected_since: Time
    standing_s: Seconds
    charge_s: Seconds
    counted_s: Seconds
    limit_s: Seconds
    grace_s: Seconds
    rule: str | None
    order: str | None
    order_digest: str
    exempt: tuple[str, ...]
    evidence: Literal["camera", "both"]
    doubt: float
    authorisation: str | None
    simulated: bool


class DwellBin(Struct, frozen=True):
    """Stays of one length.

    Args:
        below_s: upper end; null: open. The lower end is that of the bin before.
        stays: null: too few to be told.
    """

    below_s: float | None
    stays: Count | None


@event_type(KERB_STATISTICS, priority=Priority.TELEMETRY)
class KerbStatistics(Data, frozen=True):
    """Counts of a zone that name nobody, told at the end of each period.

    Args:
        watched_s: for how long of the period its camera saw: never less than the period that is configured.
        stays: that ended in the period while it was watched; null: too few to be told.
        dwell: the same by length.
        minimum_count: smaller counts are null.
        interrupted: not all of the period was watched.
    """

    category: Category
    period_s: Seconds
    watched_s: Seconds
    stays: Count | None
    dwell: tuple[DwellBin, ...]
    minimum_count: int
    interrupted: bool


@event_type(KERB_MODE, priority=Priority.EVENT)
class KerbMode(Data, frozen=True):
    """The legal mode, told at first and when it changes. All but `mode` and `reason` only in alert mode.

    Args:
        valid_until: last day of the authorisation.
        simulated: a demonstration.
        purged: events and records of stays that were lawful in alert mode alone and were erased, sent or not, because
            that is over for certain; without a clock that is set it is in doubt, and they are withheld.
    """

    mode: LegalMode
    reason: str
    purged: Count | UnsetType = UNSET
    legal_basis: str | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    dpia_reference: str | UnsetType = UNSET
    controller: str | UnsetType = UNSET
    valid_until: Day | UnsetType = UNSET
    simulated: bool | UnsetType = UNSET
