"""What a technician asks of bays beside the status, and what the privacy officer has erased."""

from collections.abc import Callable
from datetime import date
from functools import partial

import msgspec

from agent.calendars import local_date
from agent.console import Answer, Ask
from agent.store import StoreError
from agent.trades.build import BuildContext
from agent.trades.parking.part import ParkingPart
from agent.trades.parking.stays.dossier import PREFIX, StayRecord, may_be_of
from drivers.translation import _


def add_answers(context: BuildContext, part: ParkingPart) -> None:
    """The pole answers by them from now on."""
    context.built.answers["bays"] = partial(day, part)
    context.built.answers["stay"] = partial(stay, context)
    context.built.erasers["parking"] = partial(erase, context, part)


async def stay(context: BuildContext, ask: Ask) -> Answer:
    """The record of one stay, for who prints it."""
    for key in await context.store.keys(PREFIX):
        record = await context.store.load(key, StayRecord) if may_be_of(key, ask.stay) else None
        if record is not None and record.stay is not None and record.stay.key == ask.stay:
            return {"record": msgspec.json.decode(msgspec.json.encode(record))}
    return {"error": _("no record of a stay {stay} is kept here").format(stay=ask.stay[:80])}


async def day(part: ParkingPart, ask: Ask) -> Answer:
    """The logs of a day, for who draws it."""
    if part.occupancy is None:
        return {"error": _("this pole has no bays")}
    try:
        report = await part.occupancy.answers.day_report(ask.day)
    except (StoreError, ValueError) as error:
        return {"error": str(error)}
    return {"sheet": msgspec.to_builtins(report)}


async def erase(context: BuildContext, part: ParkingPart, which: Callable[[date, str], bool]) -> int:
    """Erases the logs of these days and bays, and what is in memory of their stays.

    Returns how many logs. Raises StoreError.
    """

    def goes(bay: str, record: StayRecord) -> bool:
        timezone = context.config.pole.timezone
        return any(which(local_date(each.unix_s, timezone), bay) for each in record.moments)

    for name, instance in part.bays.items():
        instance.records.forget(partial(goes, name))
    return 0 if part.occupancy is None else await part.occupancy.recorder.forget(which)
