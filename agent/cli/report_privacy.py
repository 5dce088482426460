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
from agent.configuration import Config, examine
from agent.trades.base import Trade
from agent.trades.privacy import Fact, PrivacyFacts
from agent.trades.registry import TRADES
from drivers.translation import _


def run(file: Path, as_json: bool) -> int:
    """Prints the facts; 0. Raises ConfigError."""
    config = examine(file).config
    facts = report(config, SystemClock(config.pole.clock))
    if as_json:
        print(json.dumps({title: dict(rows) for title, rows in facts}, indent=2, ensure_ascii=False))
    else:
        print("\n\n".join("\n".join(section(title.upper(), rows)) for title, rows in facts))
    return 0


HEADINGS = {
    "mode": _("purpose and mode"),
    "processed": _("what is processed"),
    "never": _("what is never done"),
    "kept": _("what is kept, where and how long"),
    "sent": _("what leaves the pole"),
    "protected": _("how it is protected"),
    "operator": _("what the operator has to add"),
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
    safety = _("encrypted (TLS)") if uplink.tls else _("this box alone, not encrypted")
    local = _("{socket}: the user and group of the daemon only")
    broker = _("MQTT broker {host}:{port}, {safety}").format(host=host, port=port, safety=safety)
    return PrivacyFacts(
        mode=(("pole", f"{config.pole.site}/{config.pole.id}"),),
        sent=((_("to"), broker),),
        protected=((_("local access"), local.format(socket=config.pole.socket)),),
    )


def _after(config: Config) -> PrivacyFacts:
    """Returns the facts that are told last."""
    store = config.store
    until = _("{path}, until the broker has acknowledged it, within {most} MB; the oldest go first")
    until = until.format(path=store.path, most=store.max_mb)
    return PrivacyFacts(
        kept=((_("an event on its way"), until),),
        sent=((_("never sent"), ", ".join((*sorted(telemetry.PERSONAL), _("pictures")))),),
    )
