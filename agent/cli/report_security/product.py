"""What this product is, how long it is looked after, what has happened to it, and how it ends."""

import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec import json

from agent import SUPPORT_YEARS, __version__
from agent.cli.report_security.daemon import Known
from agent.config.problems import ConfigError, bounded
from agent.configuration import InForce
from agent.security import installed
from agent.trades.privacy import Fact
from drivers.translation import _, ngettext


def facts(daemon: Known, pole: str | None) -> Iterator[Fact]:
    """Which program this is, and which pole.

    Args:
        pole: "SITE/POLE"; None: nobody tells.
    """
    if pole is not None:
        yield _("pole"), pole
    yield "lamppost", __version__
    yield _("digest of its files"), _digest()
    yield "Python", platform.python_version()
    if daemon.status is None:
        yield _("daemon"), _("none answers this user: what follows is of the files alone")
    else:
        yield _("daemon"), _("runs lamppost {version}").format(version=daemon.status["version"])
    years = ngettext(
        "{count} year from the first release on: SECURITY.md",
        "{count} years from the first release on: SECURITY.md",
        SUPPORT_YEARS,
    )
    yield _("security updates"), years.format(count=SUPPORT_YEARS)


def configuration(file: Path, in_force: InForce | None) -> Iterator[Fact]:
    """Which configuration the facts are of, and what is wrong with any other.

    Args:
        in_force: where it is from; None: the file.
    """
    sources = {
        "file": _("{file}"),
        "remote": _("{file}, and what came from afar above it"),
        "last_good": _("the last good one, since {file} is wrong"),
    }
    yield _("what follows is of"), sources[in_force.source if in_force else "file"].format(file=file)
    if in_force is None:
        return
    yield "SHA-256", in_force.sha256
    if in_force.problem is not None:
        yield _("WRONG"), "; ".join([str(in_force.problem), *in_force.problem.further])


def wrong(error: ConfigError) -> Iterator[Fact]:
    """What is wrong with a configuration of which nothing else can be told."""
    yield _("WRONG"), "; ".join(bounded(error.mistakes))
    yield _("not told"), _("what hangs on it: no last good one is kept, or this user may not read it")


def _digest() -> str:
    try:
        return installed.digest()
    except OSError as error:
        return _("cannot be read: {reason}").format(reason=error.strerror)


def events(store: Path, daemon: Known) -> Iterator[Fact]:
    """What was counted of each kind since the store was begun."""
    if daemon.tallies is None:
        yield _("not known"), _("no daemon answers, and {path} cannot be read").format(path=store)
        return
    if not daemon.tallies:
        yield _("none"), _("since the store was begun")
    for kind, tally in sorted(daemon.tallies.items()):
        when = datetime.fromtimestamp(tally["last"], UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        doubt = "" if tally["trusted"] else _(" by a clock that was not set")
        what = json.encode(tally["what"]).decode()
        words = _("{count}; last {when}{doubt}: {what}")
        yield kind, words.format(count=tally["count"], when=when, doubt=doubt, what=what)


def retirement() -> Iterator[Fact]:
    """How the box is retired."""
    yield (
        _("on the box"),
        _("{command}: tells the city, removes keys, store, configuration").format(command="sudo lamppost wipe"),
    )
    yield _("at the broker"), _("its certificate, password, access list and session: docs/security.md")
