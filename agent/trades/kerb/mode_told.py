"""Tells the legal mode of the cameras, and does what its end asks for: whatever was lawful in it alone goes."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct

from agent.bus import NoLongerLawful
from agent.clock import Moment
from agent.events import Event
from agent.events.registry import event
from agent.rule import RuleRunner, Step
from agent.store import What
from agent.trades.build import BuildContext
from agent.trades.kerb import legal_mode
from agent.trades.kerb.legal_mode import ModeState, Written
from agent.trades.kerb.tables import KerbTables
from agent.trades.kerb.withheld import commit_purged, purged
from agent.trades.units import Share, Unit
from drivers.base import Reading
from drivers.translation import N_

KEY = "kerb"
"""The part that tells the legal mode, and the key of what it has told."""

MODE_LINE = N_("the kerb camera works in %s mode: %s")

log = logging.getLogger(__name__)


class ModeTeller:
    """The rule of the legal mode with what surrounds it."""

    def __init__(self, context: BuildContext) -> None:
        self._context, self._tables, self._pole = context, context.config.of(KerbTables), context.config.pole
        self._logged = legal_mode.mode(self._tables.kerb, context.clock.now(), self._pole.timezone)
        self._before = ModeState()
        log.info(MODE_LINE, self._logged.mode, self._logged.reason)

    async def runner(self) -> RuleRunner[ModeState]:
        """Builds it. What an older copy of the store has brought back is purged at once, and the mode told anew."""
        context = self._context
        runner = await context.rule(KEY, ModeState, self._step, commit=self._commit, committed=self._committed)
        context.unpurged[:] = _whats(runner.state)
        told, now = runner.state.told, context.clock.now()
        if told is not None and told.mode != "alert" and self._is_over(now):
            await purged(
                context, self._never(), event(legal_mode.described(told, None), self._pole.id, now), most_bytes=0
            )
        return runner

    def _is_over(self, now: Moment) -> bool:
        kerb = self._tables.kerb
        return legal_mode.is_over(kerb, legal_mode.mode(kerb, now, self._pole.timezone), now)

    def _step(self, state: ModeState, now: Moment, _: Reading | None) -> Step[ModeState]:
        self._before = state
        return legal_mode.step_mode(
            self._pole.id, self._tables.kerb, self._pole.timezone, state, now, derived=self._derived()
        )

    def _derived(self) -> list[Written]:
        found = (each.what for each in self._context.derived() if not each.always)
        return [Written(tuple(sorted(what.types)), what.subject) for what in found]

    def _never(self) -> list[What]:
        """What may not be there at all once alert mode is over."""
        return [each.what for each in self._context.derived() if each.always]

    async def _commit(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        """Raises StoreError."""
        if events and self._is_over(events[0].at):
            await commit_purged(self._context, [*_whats(self._before), *self._never()], events, states)
        else:
            await self._context.commit(events, states)

    def _committed(self, before: ModeState, after: ModeState) -> None:
        self._context.unpurged[:] = _whats(after)
        if after.told is None or after.told == before.told:
            return
        if before.told is not None and before.told.mode == "alert" and after.told.mode != "alert":
            written = frozenset((type, each.subject) for each in before.derived for type in each.types)
            self._context.bus.tell(NoLongerLawful(self._context.clock.now().mono_s, written))
        if after.told != self._logged:
            self._logged = after.told
            log.warning(MODE_LINE, self._logged.mode, self._logged.reason)


def units_without_cameras(context: BuildContext) -> Iterator[Unit]:
    """The store may hold what was lawful in alert mode alone, of cameras that the configuration has no more."""
    yield Unit(KEY, (), partial(_where_told, context))


async def _where_told(context: BuildContext, share: Share) -> None:
    """Most poles never had a camera: they tell no mode."""
    if KEY in await context.store.keys(KEY):
        await tell_mode(context, share)


async def tell_mode(context: BuildContext, share: Share) -> None:
    share.runners.append(await ModeTeller(context).runner())


def _whats(state: ModeState) -> list[What]:
    return [What(frozenset(each.types), each.subject) for each in state.derived]
