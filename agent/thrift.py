"""The rule that keeps what an uplink costs, and has it save."""

import logging

from agent.clock import Moment
from agent.rule import Step
from agent.trades.build import BuildContext
from agent.trades.units import Share, Unit
from agent.uplink import budget
from agent.uplink.budget import Account, Spent
from agent.uplink.options import UplinkOptions, table_of
from drivers.base import Reading
from drivers.translation import N_

SAVES_LINE = N_("%s has used %d of the %d bytes of its month and saves: %s")
AGAIN_LINE = N_("%s saves nothing any more")

log = logging.getLogger(__name__)


def key_of(name: str) -> str:
    """The key of what an uplink has spent."""
    return f"{table_of(name)}/traffic" if name else "uplink.traffic"


async def _take_over(context: BuildContext, old: str, key: str) -> None:
    """What was spent under a name of before counts, once. Raises StoreError."""
    spent = await context.store.load(old, Spent)
    if spent is not None and await context.store.load(key, Spent) is None:
        await context.commit((), {key: spent, old: None})


def _log(table: str, spent: Spent, most: int | None) -> None:
    if spent.stage == "none" or most is None:
        log.info(AGAIN_LINE, table)
    else:
        log.warning(SAVES_LINE, table, spent.this_month.bytes, most, spent.stage)


def costs(context: BuildContext, name: str, options: UplinkOptions, account: Account) -> Unit:
    """The rule of one uplink.

    Args:
        name: of the uplink.
        account: of that uplink.
    """
    key = key_of(name)
    timezone, most = context.config.pole.timezone, options.monthly_budget_bytes

    def step(state: Spent, now: Moment, _: Reading | None) -> Step[Spent]:
        counts, pole = account.counts(), context.config.pole.id
        found = budget.step(state, now, counts, pole=pole, budget_bytes=most, timezone=timezone)
        account.spent, account.thrift.stage = found.state, found.state.stage
        return found

    def at_the_end(state: Spent) -> Spent:
        return budget.advanced(state, context.clock.now(), timezone, account.counts())

    def committed(before: Spent, after: Spent) -> None:
        if after.stage != before.stage:
            _log(table_of(name), after, most)

    async def build(share: Share) -> None:
        if options.former_name is not None:
            await _take_over(context, key_of(options.former_name), key)
        share.runners.append(await context.rule(key, Spent, step, on_shutdown=at_the_end, committed=committed))

    return Unit(key, (most, timezone), build)
