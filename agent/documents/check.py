"""What is wrong with a document, in the words in which a configuration file is told."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import json

from agent.clock import Moment
from agent.config import messages
from agent.config.problems import Report, nearest, one_of
from agent.config.reader import build, read_table
from agent.config.schema import Config
from agent.documents.document import Document, Key, Setting, time_of
from agent.documents.errors import Refused
from agent.trades.documents import DocumentKind, check_members
from drivers.base import MAX_HOLD_S
from drivers.options import Options
from drivers.translation import _

MAX_CONTENT_BYTES = 16 * 1024

Kinds = Mapping[str, DocumentKind[Any]]
"""Kinds of documents, by name."""


class Checked(NamedTuple):
    """
    Args:
        content: None: there are problems.
    """

    content: Options | None
    problems: Sequence[str] = ()


def document_of(setting: Setting, before: Document | None, number: int, command_id: str, now: Moment) -> Document:
    """What a command sets, as a document after the one that it replaces.

    Raises Refused where it cannot hold at any time, or holds for longer than anything that is ordered from afar.
    """
    try:
        began = setting.valid_from and setting.valid_from.astimezone(UTC)
        until = setting.valid_until.astimezone(UTC)
    except OverflowError:
        raise Refused((_("valid_from or valid_until is no time that can be"),)) from None
    if problem := problem_of_validity(began, until, now):
        raise Refused((problem,))
    revision = 1 if before is None else before.revision + 1
    return Document(
        setting.kind, setting.name, setting.content, began, until, revision, number, set_at=now, command_id=command_id
    )


def problem_of_validity(began: datetime | None, until: datetime, now: Moment) -> str | None:
    """Why it cannot hold at any time, or holds for too long; None: it can. Both aware."""
    earliest = _earliest(now)
    if until <= earliest:
        return _("valid_until: {time} has passed").format(time=time_of(until))
    if began is not None and began >= until:
        return _("valid_until: it is not after valid_from, {time}").format(time=time_of(began))
    if (until - max(began or earliest, earliest)).total_seconds() > MAX_HOLD_S:
        what = _("valid_until: a document holds for {days:g} d at most; for longer set it again")
        return what.format(days=MAX_HOLD_S / 86400)
    return None


def problem_of_hours(
    kind: DocumentKind[Any], config: Config, setting: Setting, content: Any, now: Moment
) -> str | None:
    """Why a document that was found right says nothing at any time while it holds; None: it says something."""
    began = max(setting.valid_from or _earliest(now), _earliest(now))
    if kind.says is None or kind.says(content, config, began.timestamp(), setting.valid_until.timestamp()):
        return None
    what = _("none of its hours lies between {begin} and {end}: it would never hold")
    return what.format(begin=time_of(began), end=time_of(setting.valid_until))


def _earliest(now: Moment) -> datetime:
    """Now; a clock that is not set is somewhere after the release of this lamppost."""
    return datetime.fromtimestamp(now.unix_s if now.earliest_s is None else now.earliest_s, UTC)


def check_content(kinds: Kinds, config: Config, document: Document) -> Checked:
    """Checks what a document says by its kind, as the configuration file is checked."""
    return check_told(kinds, config, document.key, document.content)


def check_told(kinds: Kinds, config: Config, key: Key, content: dict[str, Any]) -> Checked:
    """The same, of what may become one."""
    kind, known, path = key[0], kinds.get(key[0]), key
    if known is None:
        what = _("{kind} is no kind of document").format(kind=messages.shown(kind))
        return Checked(None, (f"{what}; {one_of(kinds)}" + did_you_mean(nearest(kind, kinds)),))
    if (size := len(json.encode(content))) > MAX_CONTENT_BYTES:
        what = _("the content has {size} bytes, {limit} at most").format(size=size, limit=MAX_CONTENT_BYTES)
        return Checked(None, (what,))
    report = Report(Path(kind), {})
    table, complain = read_table(content, report, known.content, path), partial(report.error, path)
    for each, of in known.places.items():
        check_members(of, each, content.get(each), config, complain)
    known.check(table, config, complain)
    return Checked(None, report.errors) if report.errors else Checked(build(table))


def problems_of_doubles(kinds: Kinds, key: Key, content: dict[str, Any]) -> Sequence[str]:
    """Returns what is told of names that stand in one list twice: when a document is set, since one that was set before
    this was refused goes on to hold."""
    kind, report = kinds.get(key[0]), Report(Path(key[0]), {})
    for each in () if kind is None else kind.places:
        given = content.get(each)
        names = [name if isinstance(name, str) else None for name in given] if isinstance(given, list) else []
        first = {name: at for at, name in reversed([*enumerate(names)])}
        for at, name in enumerate(names):
            if name is not None and first[name] != at:
                report.error(key, (each, at), _("{name} stands there twice").format(name=messages.shown(name)))
    return report.errors


def did_you_mean(meant: str | None) -> str:
    return "; " + _('did you mean "{meant}"?').format(meant=meant) if meant else ""
