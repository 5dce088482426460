"""`lamppost report erase`: single stays go from the pole, by the running daemon or, where none runs, from its store.

GDPR article 17 (erasure) and 5(1)(e) (storage limitation). What went is recorded; of whom it told is not.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from agent.cli.wipe.remove import acting_as_owner
from agent.clock import SystemClock
from agent.configuration import Config, examine
from agent.console import Answer, Ask
from agent.console_client import first_answer
from agent.erasure import Wanted, erase, tale_of
from agent.events.gaps import Erasure
from agent.store import Store, StoreError, StoreInUse
from agent.store.file.copy import StoreCopy
from agent.store.rows.erasures import KEY, Entry, Record
from agent.trades.base import Trade
from agent.trades.registry import TRADES
from agent.upstream import former_names, wants_of
from drivers.translation import _, ngettext

DONE, FAILED, NOT_CONFIRMED = 0, 1, 2

_ALL_BYTES = 1 << 62
"""A store of any size may be written anew where no daemon waits for it."""


def run(
    file: Path, *, before: str, bay: str, yes: bool = False, as_json: bool = False, trades: Sequence[Trade] = TRADES
) -> int:
    """The exit code: 1, nothing was erased; 2, it was not confirmed, or says nothing. Raises ConfigError.

    Args:
        before: local day, "2026-11-25"; "": at any time.
        bay: a bay or zone; "": any.
    """
    try:
        wanted = Wanted.of(before, bay)
    except ValueError as error:
        print(error, file=sys.stderr)
        return NOT_CONFIRMED
    config = examine(file).config
    if not (yes or _confirmed(wanted)):
        print(_("not confirmed: nothing has happened"), file=sys.stderr)
        return NOT_CONFIRMED
    if not Path(config.store.path).is_file():
        print(_("there is no store {path}: the daemon makes it").format(path=config.store.path), file=sys.stderr)
        return FAILED
    answer = asyncio.run(_erased(config, wanted, trades))
    if answer is None:
        return FAILED
    print(json.dumps(answer, indent=2) if as_json else "\n".join(_words(answer)))
    return DONE


def _confirmed(wanted: Wanted) -> bool:
    if not sys.stdin.isatty():
        return False
    when = "" if wanted.before is None else _(" before {day}").format(day=wanted.before)
    where = "" if wanted.bay is None else _(" of {place}").format(place=wanted.bay)
    words = _("type erase to remove the single stays{where}{when} from this pole for ever: ")
    return input(words.format(where=where, when=when)).strip() == "erase"


async def _erased(config: Config, wanted: Wanted, trades: Sequence[Trade]) -> Answer | None:
    """What went; None: nothing, and the reason was printed."""
    store, clock = Path(config.store.path), SystemClock(config.pole.clock)
    try:
        with acting_as_owner(store):
            return _printed(await _alone(config, store, wanted, clock, trades))
    except StoreInUse:
        before = "" if wanted.before is None else wanted.before.isoformat()
        return await first_answer(Path(config.pole.socket), Ask("erase", day=before, device=wanted.bay or ""))
    except (StoreError, OSError) as error:
        print(error, file=sys.stderr)
        return None


def _printed(answer: Answer) -> Answer | None:
    """The answer; None: it is an error, which was printed."""
    if "error" not in answer:
        return answer
    print(answer["error"], file=sys.stderr)
    return None


async def _alone(config: Config, path: Path, wanted: Wanted, clock: SystemClock, trades: Sequence[Trade]) -> Answer:
    """Raises StoreError: a daemon holds it, among others."""
    options = config.store
    async with Store(
        path,
        max_bytes=options.max_mb * 1_000_000,
        keep_acknowledged_s=options.keep_acknowledged_s,
        positions=wants_of(config),
        formerly=former_names(config),
        boot=clock.boot,
        subject=config.pole.id,
        tale_of=partial(tale_of, lambda: trades, config.pole.timezone),
        now=clock.now,
    ) as store:
        return await erase(store, config, trades, clock, wanted, most_rewritten_bytes=_ALL_BYTES)


def _words(answer: Answer) -> list[str]:
    events = ngettext("{count} event", "{count} events", answer["events"]).format(count=answer["events"])
    days = ngettext("{count} day of a bay", "{count} days of bays", answer["days"]).format(count=answer["days"])
    lines = [_("erased: {events}, {days}").format(events=events, days=days)]
    if not answer["overwritten"]:
        lines.append(_("unused parts of the file may still hold bytes of them: stop the daemon, and erase once more"))
    for path in answer["untouched"]:
        lines.append(_("not touched, and may tell of stays: {path}").format(path=path))
    lines.append(_("what was sent before is with the city; a stay that goes on stays, until the bay is free"))
    return lines


def recorded(store: Path) -> list[tuple[str, str]]:
    """Erasures by their time, as the store says; nothing, where it cannot be read."""
    try:
        with StoreCopy(store) as copy:
            found = copy.load(KEY, Record) or Record()
    except (StoreError, OSError):
        return []
    return [_row(each, said) for each in found.entries if (said := _said(each)) is not None]


def _said(entry: Entry) -> Erasure | None:
    """What the operator had erased; None: a trade did, and its own events tell of it, or it is not known any more."""
    try:
        return msgspec.json.decode(entry.said, type=Erasure)
    except msgspec.MsgspecError:
        return None


def _row(entry: Entry, said: Erasure) -> tuple[str, str]:
    what = _("{events} events and {days} days, {bay}, {before}")
    bay = _("of {place}").format(place=said.bay) if said.bay is not None else _("of all bays and zones")
    before = _("before {day}").format(day=said.before) if said.before is not None else _("at any time")
    at = datetime.fromtimestamp(entry.at.unix_s, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return at, what.format(events=said.events, days=said.days, bay=bay, before=before)
