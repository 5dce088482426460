"""The record of one stay, for whoever contests what was told of it: what decided it, doubts, events."""

from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec import Struct, structs

from agent.clock import Moment
from agent.events import Event
from agent.rule import Step
from agent.trades.parking.event_types import BAY_FREED, BAY_OCCUPIED
from agent.trades.parking.sensors.source import Sample
from agent.trades.parking.stays.state import BayState, charge_s
from agent.trades.parking.stays.stay import BayStay
from drivers.base import Reading

KEPT = 32
"""Stays of each bay, the last ones."""

PREFIX = "stays/"
"""The keys in the store begin with it; the number of the place follows, and the name of the bay."""

_EVENTS_KEPT = 16


class ToldEvent(Struct, frozen=True):
    """An event as the city has it.

    Args:
        data: JSON.
    """

    type: str
    id: str
    at: Moment
    data: msgspec.Raw


class StayRecord(Struct, frozen=True):
    """One stay.

    Args:
        number: of the stays of its bay since the store began.
        order: the order of the bay as the configuration has it, JSON, and its digest.
        went: the readings that decided that it had left.
        events: what was told of it, the oldest first.
    """

    bay: str = ""
    number: int = 0
    stay: BayStay | None = None
    order: msgspec.Raw = msgspec.Raw(b"null")
    order_digest: str = ""
    went: tuple[Sample, ...] = ()
    events: tuple[ToldEvent, ...] = ()

    @property
    def moments(self) -> Sequence[Moment]:
        """Returns when its events happened."""
        return [each.at for each in self.events]

    @property
    def told(self) -> Sequence[tuple[str, msgspec.Raw]]:
        """Returns of its events the types and what they say."""
        return [(each.type, each.data) for each in self.events]

    @property
    def key(self) -> str:
        return key_of(self.bay, self.number)


def key_of(bay: str, number: int) -> str:
    """The place in the store of the record of a stay: the oldest makes room for the newest."""
    return f"{PREFIX}{number % KEPT}/{bay}"


class Order(Struct, frozen=True):
    """The order of a bay as the configuration has it.

    Args:
        text: JSON.
    """

    text: msgspec.Raw
    digest: str


def may_be_of(key: str, stay: str) -> bool:
    """Whether a stay may be recorded under a key of the store: it begins with the name of its bay."""
    return stay.startswith(f"{key.rpartition('/')[2]}.")


BayStep = Callable[[BayState, Moment, Reading | None], Step[BayState]]


class Recorder:
    """Keeps the records of the stays of one bay beside its rule: each is written in the transaction of its events.

    Args:
        record: of the stay that was told last.
    """

    def __init__(self, bay: str, order: Order, record: StayRecord) -> None:
        self._bay, self._order, self._record = bay, order, record
        self._drafts: dict[str, StayRecord] = {}

    def noting(self, step: BayStep) -> BayStep:
        """The same rule; what it answers is taken down."""

        def noted(state: BayState, now: Moment, reading: Reading | None) -> Step[BayState]:
            answer = step(state, now, reading)
            # What the store refused before is forgotten: it was told to nobody.
            self._drafts = {each.key: each for each in self._noted(state, answer)} if answer.events else {}
            return structs.replace(answer, beside=self._drafts) if self._drafts else answer

        return noted

    def forget(self, goes: Callable[[StayRecord], bool]) -> None:
        """What is erased is not written again with the next event."""
        if goes(self._record):
            self._record = StayRecord()

    def committed(self) -> None:
        """What was taken down is written."""
        drafts, self._drafts = self._drafts, {}
        self._record = max(drafts.values(), key=_number, default=self._record)

    def _noted(self, before: BayState, answer: Step[BayState]) -> Iterator[StayRecord]:
        """Yields the records that change, of the stay that ends and of the one that begins."""
        record, after = self._record, answer.state
        for each in answer.events:
            if getattr(each.data, "stay", None) is None:
                continue
            if each.type == BAY_OCCUPIED:
                record = StayRecord(self._bay, after.stays, order=self._order.text, order_digest=self._order.digest)
            of, went = after if after.stay else before, record.went
            if each.type == BAY_FREED:
                lead = after.runtime.sources.get(after.runtime.lead or "")
                of, went = before, lead.samples if lead else ()
            stay = of.stay and structs.replace(of.stay, charge_s=charge_s(of))
            told = (*record.events, _told(each))[-_EVENTS_KEPT:]
            record = structs.replace(record, bay=self._bay, stay=stay, went=went, events=told)
            yield record


def _number(record: StayRecord) -> int:
    return record.number


def _told(each: Event) -> ToldEvent:
    return ToldEvent(each.type, each.id, each.at, msgspec.Raw(msgspec.json.encode(each.data)))
