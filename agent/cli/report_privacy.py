"""`lamppost report privacy`: what this pole processes, keeps and sends, for the register entry and the assessment.

GDPR articles 30 (register) and 35 (impact assessment). Facts of the configuration and of the program alone: what only
the operator knows is asked for at the end.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from agent import telemetry
from agent.cli.check.layout import section
from agent.clock import Clock, SystemClock
from agent.configuration import Config, load_with_warnings
from agent.trades.base import Trade
from agent.trades.privacy import Fact, PrivacyFacts
from agent.trades.registry import TRADES


def run(file: Path, as_json: bool) -> int:
    """Prints the facts; 0. Raises ConfigError."""
    config, _ = load_with_warnings(file)
    facts = report(config, SystemClock(config.pole.clock))
    if as_json:
        print(json.dumps({title: dict(rows) for title, rows in facts}, indent=2, ensure_ascii=False))
    else:
        print("\n\n".join("\n".join(section(title.upper(), rows)) for title, rows in facts))
    return 0


HEADINGS = {
    "mode": "purpose and mode",
    "processed": "what is processed",
    "never": "what is never done",
    "kept": "what is kept, where and how long",
    "sent": "what leaves the pole",
    "protected": "how it is protected",
    "operator": "what the operator has to add",
}
"""The headings of the parts of the facts, in the order in which a register asks for them."""


def report(config: Config, clock: Clock, trades: Sequence[Trade] = TRADES) -> list[tuple[str, list[Fact]]]:
    """Heading and facts: those of the pole, and of each trade."""
    watched = {name for trade in trades for name in trade.places(config)}
    told = [trade.privacy(config, clock.now(), watched) for trade in trades]
    sections = []
    for part, heading in HEADINGS.items():
        facts = [fact for each in (_before(config), *told, _after(config)) for fact in getattr(each, part)]
        if facts:
            sections.append((heading, facts))
    return sections


def _before(config: Config) -> PrivacyFacts:
    """What holds of every pole, told first."""
    uplink = config.uplink
    host, port = uplink.address
    safety = "encrypted (TLS)" if uplink.tls else "this box alone, not encrypted"
    broker = f"MQTT broker {host}:{port}, {safety}"
    return PrivacyFacts(
        mode=(("pole", f"{config.pole.site}/{config.pole.id}"),),
        sent=(("to", broker),),
        protected=(("local access", f"{config.pole.socket}: the user and group of the daemon only"),),
    )


def _after(config: Config) -> PrivacyFacts:
    """Returns the facts that are told last."""
    store = config.store
    until = f"{store.path}, until the broker has acknowledged it, within {store.max_mb} MB; the oldest go first"
    return PrivacyFacts(
        kept=(("an event on its way", until),),
        sent=(("never sent", ", ".join(sorted(telemetry.PERSONAL)) + ", pictures"),),
    )
