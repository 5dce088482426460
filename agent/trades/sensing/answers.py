"""What a technician asks of stations beside the status: the hours that are kept."""

from datetime import date
from functools import partial

import msgspec

from agent.console import Answer, Ask
from agent.trades.build import BuildContext
from agent.trades.sensing.hours import DAY, HOURS, KEPT, StationDay, key_of
from drivers.translation import _


def add_answers(context: BuildContext) -> None:
    """The pole answers by them from now on."""
    context.built.answers[KEPT] = partial(kept, context)
    context.built.answers[DAY] = partial(day, context)


async def kept(context: BuildContext, ask: Ask) -> Answer:
    """The days of each station. A clock that is not set tells of no month that goes on."""
    from agent.trades.sensing.month.source import Kept, by_station  # the reports' own

    now = context.clock.now()
    if not now.trusted:
        return {"error": _("the clock of the pole is not set: read a copy of its store, with --store")}
    return {"kept": msgspec.to_builtins(Kept(by_station(await context.store.keys(HOURS)), now.unix_s))}


async def day(context: BuildContext, ask: Ask) -> Answer:
    """The record of one day of UTC."""
    try:
        wanted = date.fromisoformat(ask.day)
    except ValueError:
        return {"error": _('"{day}" is no day').format(day=ask.day[:80])}
    found = await context.store.load(key_of(wanted, ask.device), StationDay)
    return {"day": None if found is None else msgspec.json.decode(msgspec.json.encode(found))}
