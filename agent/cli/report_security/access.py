"""Which interfaces of the pole are open, and who may command it."""

import stat
from collections.abc import Iterator
from pathlib import Path

from agent.config.schema import Config
from agent.trades.privacy import Fact
from agent.uplink.options import UplinkOptions, table_of
from agent.uplink.rate_limit import CommandLimiter
from drivers.line import SerialLine
from drivers.mqtt.options import BrokerOptions
from drivers.translation import _


def interfaces(config: Config) -> Iterator[Fact]:
    """Yields what the pole speaks over; none of these but the local socket waits for anybody."""
    yield _("listens on the network"), _("nowhere: every connection to another host is begun by the pole")
    for name, uplink in config.uplink.items():
        yield table_of(name), broker_words(uplink)
    for name, network in config.lorawan.items():
        yield f"lorawan.{name}", broker_words(network)
    for name, line in config.line.items():
        place = line.port if isinstance(line, SerialLine) else f"{line.host}:{line.port}"
        words = _("Modbus at {place}, which the protocol neither encrypts nor authenticates")
        yield _("line {name}").format(name=name), words.format(place=place)
    yield _("local socket"), _socket(Path(config.pole.socket))


def broker_words(broker: BrokerOptions) -> str:
    """Returns where a broker is, and how it is spoken to."""
    host, port = broker.address
    safety = _("TLS 1.2 or later, certificate and name verified always") if broker.tls else _("this box alone, plain")
    return _("MQTT {protocol} to {host}:{port}: {safety}").format(
        protocol=broker.protocol, host=host, port=port, safety=safety
    )


def _socket(path: Path) -> str:
    try:
        found = path.lstat()
    except OSError as error:
        return _("{path}: {reason}").format(path=path, reason=error.strerror)
    words = _("{path}, mode {mode:o}, user {uid}, group {gid}: these may ask and set lamps; nobody else may connect")
    return words.format(path=path, mode=stat.S_IMODE(found.st_mode), uid=found.st_uid, gid=found.st_gid)


def commands(config: Config) -> Iterator[Fact]:
    """Yields who may order what."""
    limit = CommandLimiter
    for name, uplink in config.uplink.items():
        yield from _of_uplink(_("whoever may publish at the broker") if not name else table_of(name), uplink)
    words = _("{per_s:g} a second, {per_minute:g} a minute to the pole itself; more are refused")
    yield _("rate"), words.format(per_s=limit.COMMANDS_PER_S, per_minute=limit.POLE_PER_MINUTE)
    yield _("on the box"), _("who may connect to the local socket; root alone changes files and retires the pole")


def _of_uplink(who: str, uplink: UplinkOptions) -> Iterator[Fact]:
    allowed = {
        "all": _("lamps, and the pole itself, its configuration included"),
        "devices": _("lamps; nothing of the pole itself"),
        "none": _("nothing: remote control is off"),
    }
    yield who, allowed[uplink.commands or "none"]
    if uplink.commands == "all":
        unsigned = _("none is asked for: whoever may publish at the broker orders the pole itself")
        signed = _("Ed25519, by the key of command_key; unsigned orders are refused")
        yield _("signature on orders to the pole itself"), signed if uplink.command_key else unsigned
