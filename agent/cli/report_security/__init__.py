"""`lamppost report security`: what an auditor asks of this pole (Cyber Resilience Act, NIS2, EN 18031).

Facts of the configuration, of this box and, where it runs, of the daemon; no secret is among them.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from agent.cli.asking import Asking
from agent.cli.check.layout import section
from agent.cli.report_security import access, box, credentials, product
from agent.cli.report_security.daemon import known_of
from agent.clock import SystemClock
from agent.config.problems import ConfigError
from agent.config.schema import StoreOptions
from agent.configuration import Config, InForce
from agent.configuration.sources import Sources, socket_of
from agent.configuration.whereabouts import store_of
from agent.trades.base import Trade
from agent.trades.command_line import SOCKET
from agent.trades.privacy import Fact, PrivacyFacts
from agent.trades.registry import TRADES
from drivers.translation import _

Section = tuple[str, list[Fact]]


def run(file: Path, as_json: bool) -> int:
    """Prints the facts; 0, or 1 where some of them are kept back: by a defect of lamppost, or since the file is wrong.

    Raises ConfigError: the file cannot be read, so that it is not known which pole is asked about.
    """
    asking = Asking()
    try:
        found = Sources(file).look()
    except ConfigError as error:
        facts, is_whole = _without_configuration(file, error), False
    else:
        facts = report(found.config, file, asking=asking, in_force=found.in_force)
        is_whole = found.in_force.problem is None
    if as_json:
        print(json.dumps({title: dict(rows) for title, rows in facts}, indent=2, ensure_ascii=False))
    else:
        print("\n\n".join("\n".join(section(title.upper(), rows)) for title, rows in facts))
    return 0 if is_whole and not asking.defects else 1


def report(
    config: Config,
    file: Path,
    trades: Sequence[Trade] = TRADES,
    *,
    asking: Asking | None = None,
    where: box.Box | None = None,
    in_force: InForce | None = None,
) -> list[Section]:
    """Heading and facts, in the order in which they are asked for.

    Args:
        file: of the configuration.
        asking: is told of defects.
        where: the box; None: this one.
        in_force: where the configuration is from; None: the file.
    """
    asking, where = asking or Asking(), where or box.Box()
    store = Path(config.store.path)
    daemon = asyncio.run(known_of(Path(config.pole.socket), store))
    now = SystemClock(config.pole.clock).now()
    told = [asking.ask(trade, partial(trade.privacy, config, now, ())) or PrivacyFacts() for trade in trades]
    devices = [fact for each in told for fact in each.security]
    return _told(
        (_("product"), product.facts(daemon, f"{config.pole.site}/{config.pole.id}")),
        (_("configuration"), product.configuration(file, in_force)),
        (_("interfaces"), access.interfaces(config)),
        (_("who may command"), access.commands(config)),
        (_("encryption and certificates"), credentials.certificates(config, daemon)),
        (_("files with keys and passwords"), credentials.files(config, file)),
        (_("what devices reach, and run"), devices),
        (_("what the system keeps from the daemon"), box.sandbox(where, daemon)),
        (_("clock"), box.clock(config, where, daemon)),
        (_("security events"), product.events(store, daemon)),
        (_("at the end of its life"), product.retirement()),
        # What is asked last knows of all defects.
        (_("what is missing here, by a defect of lamppost"), asking.defects.items()),
    )


def _without_configuration(file: Path, error: ConfigError) -> list[Section]:
    """What can be told of a pole whose file is wrong, and of which no last good one is kept, or not for this user.

    Raises ConfigError: the file cannot be read at all.
    """
    socket, store = socket_of(file, SOCKET), store_of(file, Path(StoreOptions().path))
    where, daemon = box.Box(), asyncio.run(known_of(socket, store))
    return _told(
        (_("product"), product.facts(daemon, None)),
        (_("configuration"), product.wrong(error)),
        (_("what the system keeps from the daemon"), box.sandbox(where, daemon)),
        (_("security events"), product.events(store, daemon)),
        (_("at the end of its life"), product.retirement()),
    )


def _told(*sections: tuple[str, Iterable[Fact]]) -> list[Section]:
    """Headings with their facts; none where there are no facts."""
    return [(heading, rows) for heading, facts in sections if (rows := [*facts])]
