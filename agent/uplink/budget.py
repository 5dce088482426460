"""What an uplink costs on a metered SIM card: bytes by day and month of local time, and the month's budget (pure)."""

from datetime import date
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from agent.clock import Moment
from agent.events import new_id
from agent.events.registry import event
from agent.events.uplink import UplinkBudget
from agent.rule import Step
from agent.uplink.thrift import Stage, Thrift, stage_of
from drivers.mqtt.traffic import Traffic, TrafficMeter

LOOK_S = 10.0
KEEP_S = 900.0
"""How often the count is written while nothing else changes. A power cut forgets what came since."""


class Spent(Struct, frozen=True):
    """What is kept.

    Args:
        day: local date, as in "2026-11-29"; empty: the clock was never set. The month is its beginning.
        today, this_month, yesterday, last_month: of that day and month, and of the last before them on which lamppost
            ran; None: it ran on none.
        stage: what is saved, and was told.
        left_out: events of this month that were left out.
        month_before, left_out_before: of `last_month`, its year and month, and what was left out of it; empty: none.
        run, counted, counted_left_out: what of the counts of this run of the daemon is in the above.
        kept_s: monotonic seconds of that run when it was last written.
    """

    day: str = ""
    today: Traffic = Traffic()
    yesterday: Traffic | None = None
    this_month: Traffic = Traffic()
    last_month: Traffic | None = None
    stage: Stage = "none"
    left_out: int = 0
    run: str = ""
    counted: Traffic = Traffic()
    counted_left_out: int = 0
    kept_s: float = 0.0
    month_before: str = ""
    left_out_before: int = 0

    @property
    def month(self) -> str:
        """Year and month, as in "2026-11"; empty: the clock was never set."""
        return self.day[:7]


class Counts(Struct, frozen=True):
    """What this run of the daemon has counted since its start."""

    run: str
    traffic: Traffic
    left_out: int


class Account:
    """The costs of one uplink, counted and kept; outlives its connections."""

    def __init__(self) -> None:
        self.meter, self.thrift, self._run = TrafficMeter(), Thrift(), new_id()
        self.spent: Spent | None = None
        """What the rule knew last; None: it was not asked yet."""

    def counts(self) -> Counts:
        return Counts(self._run, self.meter.total(), self.thrift.left_out)

    def now(self, now: Moment, timezone: str) -> Spent | None:
        """Returns what is spent up to this moment; None: it is not known yet."""
        return None if self.spent is None else advanced(self.spent, now, timezone, self.counts())


def advanced(state: Spent, now: Moment, timezone: str, counts: Counts) -> Spent:
    """Returns what is spent up to now. The day changes only by a clock that is set."""
    before = state if state.run == counts.run else structs.replace(state, counted=Traffic(), counted_left_out=0)
    more, left_out = counts.traffic.minus(before.counted), counts.left_out - before.counted_left_out
    state = structs.replace(
        before, run=counts.run, counted=counts.traffic, counted_left_out=counts.left_out, kept_s=now.mono_s
    )
    day = now.utc.astimezone(ZoneInfo(timezone)).date().isoformat() if now.trusted else state.day
    if state.day and day != state.day:
        state = _turned(state, date.fromisoformat(day))
    return structs.replace(
        state,
        day=day,
        today=state.today.plus(more),
        this_month=state.this_month.plus(more),
        left_out=state.left_out + left_out,
    )


def _turned(state: Spent, day: date) -> Spent:
    """A new day begins, and with it a month where it is the first of one that lamppost sees."""
    turned, month = structs.replace(state, today=Traffic(), yesterday=state.today), day.isoformat()[:7]
    if month == state.month:
        return turned
    if month == state.month_before:
        return _taken_up(turned)
    ended = {"last_month": state.this_month, "month_before": state.month, "left_out_before": state.left_out}
    return structs.replace(turned, this_month=Traffic(), left_out=0, **ended)


def _taken_up(state: Spent) -> Spent:
    """A clock that was in another month, the year 1970 say, is back in the one before: what was spent meanwhile was
    spent in it."""
    return structs.replace(
        state,
        this_month=state.this_month.plus(state.last_month or Traffic()),
        left_out=state.left_out + state.left_out_before,
        last_month=None,
        month_before="",
        left_out_before=0,
    )


def step(
    state: Spent, now: Moment, counts: Counts, *, pole: str, budget_bytes: int | None, timezone: str
) -> Step[Spent]:
    """Counts on, and tells when it begins to save, saves more, or ends."""
    wake_at_s = now.mono_s + LOOK_S
    after = advanced(state, now, timezone, counts)
    after = structs.replace(after, stage=stage_of(after.this_month.bytes, budget_bytes))
    if after.stage != state.stage:
        return Step(after, (event(_told(state, after, budget_bytes), pole, now),), wake_at_s)
    is_due = after.day != state.day or state.run != after.run or now.mono_s - state.kept_s >= KEEP_S
    return Step(after if is_due and after.counted != state.counted else state, (), wake_at_s)


def _told(before: Spent, after: Spent, budget_bytes: int | None) -> UplinkBudget:
    ended = after.month != before.month
    return UplinkBudget(
        stage=after.stage,
        month=after.month or None,
        spent_bytes=after.this_month.bytes,
        budget_bytes=budget_bytes,
        left_out=before.left_out if ended else after.left_out,
    )
