"""`lamppost report security`: what an auditor asks of this pole (Cyber Resilience Act, NIS2, EN 18031).

Facts of the configuration, of this box and, where it runs, of the daemon; no secret is among them.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from agent.cli.asking import Asking
from agent.cli.check.layout import section
from agent.cli.report_security import access, box, credentials, product
from agent.cli.report_security.daemon import known_of
from agent.clock import SystemClock
from agent.configuration import Config, examine
from agent.trades.base import Trade
from agent.trades.privacy import Fact, PrivacyFacts
from agent.trades.registry import TRADES
from drivers.translation import _

Section = tuple[str, list[Fact]]


def run(file: Path, as_json: bool) -> int:
    """Prints the facts; 0, or 1 where a defect of lamppost keeps some of them back. Raises ConfigError."""
    config, asking = examine(file).config, Asking()
    facts = report(config, file, asking=asking)
    if as_json:
        print(json.dumps({title: dict(rows) for title, rows in facts}, indent=2, ensure_ascii=False))
    else:
        print("\n\n".join("\n".join(section(title.upper(), rows)) for title, rows in facts))
    return 1 if asking.defects else 0


def report(
    config: Config,
    file: Path,
    trades: Sequence[Trade] = TRADES,
    asking: Asking | None = None,
    where: box.Box | None = None,
) -> list[Section]:
    """Heading and facts, in the order in which they are asked for.

    Args:
        file: of the configuration.
        asking: is told of defects.
        where: the box; None: this one.
    """
    asking, where = asking or Asking(), where or box.Box()
    daemon = asyncio.run(known_of(config))
    now = SystemClock(config.pole.clock).now()
    told = [asking.ask(trade, partial(trade.privacy, config, now, ())) or PrivacyFacts() for trade in trades]
    devices = [fact for each in told for fact in each.security]
    sections: Iterator[Section] = iter(
        (
            (_("product"), [*product.facts(config, daemon)]),
            (_("interfaces"), [*access.interfaces(config)]),
            (_("who may command"), [*access.commands(config)]),
            (_("encryption and certificates"), [*credentials.certificates(config, daemon)]),
            (_("files with keys and passwords"), [*credentials.files(config, file)]),
            (_("what devices reach, and run"), devices),
            (_("what the system keeps from the daemon"), [*box.sandbox(where, daemon)]),
            (_("clock"), [*box.clock(config, where, daemon)]),
            (_("security events"), [*product.events(config, daemon)]),
            (_("at the end of its life"), [*product.retirement()]),
            (_("what is missing here, by a defect of lamppost"), list(asking.defects.items())),
        )
    )
    return [(heading, facts) for heading, facts in sections if facts]
