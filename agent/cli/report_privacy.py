"""`lamppost report privacy`: what this pole processes, keeps and sends, for the register entry and the assessment.

GDPR articles 30 (register) and 35 (impact assessment). Facts of the configuration in force and of the program alone:
what only the operator knows is asked for at the end.
"""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from agent.cli.asking import Asking
from agent.cli.check.layout import section
from agent.cli.report_erase import recorded
from agent.cli.report_security.product import configuration
from agent.clock import Clock, SystemClock
from agent.config.messages import lasting
from agent.configuration import Config, InForce
from agent.configuration.sources import Sources
from agent.trades.base import Trade, personal
from agent.trades.privacy import Fact, PrivacyFacts
from agent.trades.registry import TRADES
from agent.uplink.options import UplinkOptions
from drivers.translation import _


def run(file: Path, as_json: bool) -> int:
    """Prints the facts; 0, or 1 where the file is wrong and another configuration runs, or a defect of lamppost keeps
    some of them back. Raises ConfigError: nothing may run by the file."""
    found, asking = Sources(file).look(), Asking()
    facts = report(found.config, SystemClock(found.config.pole.clock), asking=asking, in_force=found.in_force)
    if as_json:
        print(json.dumps({title: dict(rows) for title, rows in facts}, indent=2, ensure_ascii=False))
    else:
        print("\n\n".join("\n".join(section(title.upper(), rows)) for title, rows in facts))
    return 1 if asking.defects or found.in_force.problem is not None else 0


HEADINGS = {
    "mode": _("purpose and mode"),
    "processed": _("what is processed"),
    "never": _("what is never done"),
    "kept": _("what is kept, where and how long"),
    "sent": _("what leaves the pole"),
    "protected": _("how it is protected"),
    "operator": _("what the operator has to add"),
    "texts": _("legal texts and authorisation"),
    "assessment": _("for the impact assessment (AIPD), in the order of the CNIL's model"),
}
"""The headings of the parts of the facts, in the order in which a register asks for them."""


def report(
    config: Config,
    clock: Clock,
    trades: Sequence[Trade] = TRADES,
    asking: Asking | None = None,
    in_force: InForce | None = None,
) -> list[tuple[str, list[Fact]]]:
    """Heading and facts: those of the pole, and of each trade; at the end, of which trade they are not whole.

    Args:
        asking: is told of defects.
        in_force: where the configuration is from; None: that is not asked.
    """
    asking, now = asking or Asking(), clock.now()
    watched = {name for trade in trades for name in asking.all(trade, partial(trade.places, config))}
    told = [asking.ask(trade, partial(trade.privacy, config, now, watched)) or PrivacyFacts() for trade in trades]
    whole = (_before(config, in_force), *told, _after(config, trades))
    sections = [
        (heading, [fact for each in whole for fact in getattr(each, part)]) for part, heading in HEADINGS.items()
    ]
    sections.append((_("what was erased"), recorded(Path(config.store.path))))
    sections.append((_("what is missing here, by a defect of lamppost"), list(asking.defects.items())))
    return [(heading, facts) for heading, facts in sections if facts]


def _before(config: Config, in_force: InForce | None) -> PrivacyFacts:
    """What holds of every pole, told first."""
    source = () if in_force is None else tuple(configuration(Path(in_force.path), in_force))
    local = _("{socket}: the user and group of the daemon only")
    return PrivacyFacts(
        mode=(("pole", f"{config.pole.site}/{config.pole.id}"), *source),
        sent=tuple((_to(name), _broker(each)) for name, each in config.uplink.items()),
        protected=((_("local access"), local.format(socket=config.pole.socket)),),
    )


def _to(name: str) -> str:
    return _("to {name}").format(name=name) if name else _("to")


def _broker(uplink: UplinkOptions) -> str:
    host, port = uplink.address
    safety = _("encrypted (TLS)") if uplink.tls else _("this box alone, not encrypted")
    broker = _("MQTT broker {host}:{port}, {safety}").format(host=host, port=port, safety=safety)
    if uplink.events == ("*",):
        return broker
    return _("{broker}: {events} alone").format(broker=broker, events=", ".join(uplink.events))


def _after(config: Config, trades: Sequence[Trade]) -> PrivacyFacts:
    """Returns the facts that are told last."""
    store = config.store
    until = _("{path}, until it has arrived, and for {kept} after that, within {most} MB; the oldest go first")
    until = until.format(path=store.path, kept=lasting(store.keep_acknowledged_s), most=store.max_mb)
    return PrivacyFacts(
        kept=((_("an event"), until),),
        sent=((_("never sent"), ", ".join((*sorted(personal(trades)), _("pictures")))),),
    )
