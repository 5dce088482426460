"""Sensors, bays and their figures, as they were built, and how they are."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import msgspec
from msgspec import structs

from agent.clock import Moment
from agent.clock_keeper import ClockKeeper, clock_keeper
from agent.kernel_clock import source as clock_source
from agent.kernel_clock import was_set_by_ntp
from agent.regulation import rule_of
from agent.rule import RuleRunner
from agent.trades.build import UNKNOWN, BuildContext, DeviceView, StateMaker, rows
from agent.trades.parking import retained
from agent.trades.parking.carried import Carried
from agent.trades.parking.document_orders import DocumentOrders, Said
from agent.trades.parking.orders import orders_to_look_at
from agent.trades.parking.sensors.sensor_health import SensorState
from agent.trades.parking.statistics import OccupancyAnswers, OccupancyRecorder
from agent.trades.parking.stays.dossier import Recorder
from agent.trades.parking.stays.evidence import Evidence
from agent.trades.parking.stays.state import Bay, BayState, sensed_state, status_view
from agent.trades.parking.tables import ParkingTables

FIGURES = "figures"
"""The part of the pole that keeps the occupancy of its bays."""


class BayInstance(NamedTuple):
    """A bay, what runs its rule, and what keeps the records of its stays."""

    bay: Bay
    runner: RuleRunner[BayState]
    records: Recorder


class Occupancy(NamedTuple):
    """What records the occupancy of the bays, and what answers from it."""

    recorder: OccupancyRecorder
    answers: OccupancyAnswers


class ParkingPart:
    """What parking has built; `occupancy` is None where there are no bays, or it could not be built.

    `carried` are bays that are being built anew. `closed` are the names of bays that documents close now.
    """

    def __init__(self, context: BuildContext) -> None:
        self._context, self._clock, self._isolation = context, context.clock, context.isolation
        self.closed: frozenset[str] = frozenset()
        self.orders = DocumentOrders()
        self.sensors: dict[str, RuleRunner[SensorState]] = {}
        self.bays: dict[str, BayInstance] = {}
        self.carried: dict[str, Carried] = {}
        self.occupancy: Occupancy | None = None

    @property
    def _tables(self) -> ParkingTables:
        """The tables in force."""
        return self._context.config.of(ParkingTables)

    def status(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, Any]:
        bays = rows(self._isolation, "bay", self._tables.bay, partial(self._shown, now))
        return {"bays": bays, "groups": self._groups(), "orders": self._orders(now)}

    def _orders(self, now: Moment) -> Sequence[Mapping[str, Any]]:
        """The temporary orders that somebody should look at; none is known before the clock is set."""
        now_s = now.trusted_unix_s
        found = () if now_s is None else orders_to_look_at(self._context.config, now_s)
        return [msgspec.to_builtins(each) for each in found]

    def _shown(self, now: Moment, name: str) -> Mapping[str, Any]:
        if not self._trusted(name):
            return UNKNOWN
        bay, runner, _records = self.bays[name]
        return status_view(self.regulated(bay), runner.state, now)

    def _groups(self) -> Sequence[Mapping[str, Any]]:
        if self.occupancy is None:
            return []
        return self._isolation.part(FIGURES).ask(self.occupancy.answers.status, "status") or []

    def _trusted(self, bay: str) -> bool:
        """Whether what its rule knows may be believed; not where it could not be built."""
        return bay in self.bays and self._isolation.part(f"bay/{bay}").trusted

    def device(self, name: str) -> Mapping[str, Any]:
        """The conditions of a parking sensor that somebody should look after."""
        active = self.sensors[name].state.active if name in self.sensors else ()
        return {"conditions": sorted(active)} if active else {}

    def evidence(self, bay: Bay) -> Evidence:
        """What a claim of that bay is to be weighed by, now."""
        names = [each.name for each in bay.sources if each.name in self.sensors]
        conditions = {condition for name in names for condition in self.sensors[name].state.active}
        trusted = self._clock.now().trusted
        kept = clock_keeper() if trusted else ClockKeeper()
        by_ntp = kept.name is not None or was_set_by_ntp()
        set_by = clock_source(self._context.config.pole.clock, trusted, by_ntp)
        return Evidence(
            set_by,
            kept.error_s,
            tuple(sorted(conditions)),
            clock_kept_by=kept.name,
            clock_reference=kept.reference,
            clock_updated_s=kept.updated_s,
            clock_authenticated=kept.authenticated,
        )

    def states(self, now: Moment, devices: Mapping[str, DeviceView]) -> Mapping[str, StateMaker]:
        return {name: partial(self._state, now, name) for name in self._tables.bay}

    def _state(self, now: Moment, name: str) -> retained.Bay:
        category = rule_of(self._tables.bay[name], self._tables.rule).category
        if not self._trusted(name):
            return retained.Bay("unknown", category, closed=name in self.closed)
        bay, runner, _records = self.bays[name]
        return retained.retained(category, self.regulated(bay), runner.state, now)

    async def close(self, bays: Collection[str]) -> None:
        """These and no others are closed. Raises StoreError; done again it does no harm."""
        opened, self.closed = self.closed.difference(bays), frozenset(bays)
        for name, (__, runner, _records) in self.bays.items():
            if bool(runner.state.closed) != (name in self.closed):
                await self._isolation.part(f"bay/{name}").attempt(runner.ask)
        if self.occupancy is not None:
            work = partial(self._count, self.occupancy.recorder, opened.intersection(self.bays), self._clock.now())
            await self._isolation.part(FIGURES).attempt(work)

    async def order(self, kind: str, by_bay: Mapping[str, tuple[Said, ...]]) -> None:
        """What documents of a kind say of bays now. Raises StoreError; done again it does no harm."""
        self.orders.say(kind, by_bay)
        for name, (bay, runner, _records) in self.bays.items():
            if (runner.state.documents or frozenset()) != self.orders.order(name, bay.order).documents:
                await self._isolation.part(f"bay/{name}").attempt(runner.ask)

    def regulated(self, bay: Bay) -> Bay:
        """A bay under what the configuration and the documents order of it now."""
        order = self.orders.order(bay.name, bay.order)
        return bay if order is bay.order else structs.replace(bay, order=order)

    async def _count(self, recorder: OccupancyRecorder, opened: Collection[str], now: Moment) -> None:
        """Leave out what is closed; of what was opened just now the figures go on with what its sensor says."""
        recorder.left_out = self.closed
        for name in sorted(self.closed):
            await recorder.lost(name, now)
        for name in opened:
            bay, runner, _records = self.bays[name]
            if (state := sensed_state(bay, runner.state, now)) is not None:
                await recorder.note_state(name, state, now)
