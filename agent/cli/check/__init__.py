"""`lamppost check`: what would run, as a table for a technician's screen; with --probe, what answers."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from agent.cli.asking import Asking
from agent.cli.check import box
from agent.cli.check.documents import documents
from agent.cli.check.layout import columns, section
from agent.cli.check.renames import unknown_names
from agent.cli.check.restarts import of_restart
from agent.cli.progress import Progress
from agent.cli.screen import plain
from agent.config.messages import format_duration
from agent.configuration import Config, examine
from agent.trades.base import Row, Trade
from agent.trades.command_line import CheckOption
from agent.trades.registry import TRADES
from agent.uplink.options import UplinkOptions, table_of
from drivers.line import LineOptions, SerialLine
from drivers.lorawan import LorawanDevice, LorawanSensor
from drivers.mapped import LineDevice
from drivers.mqtt.options import BrokerOptions
from drivers.place import titled
from drivers.translation import _, ngettext


def run(file: Path, probe: bool, written: Sequence[tuple[CheckOption, Path]] = ()) -> int:
    """Prints the table; 0: as it should be, 1: a device was asked and did not answer, a file could not be written, or
    lamppost has a defect.

    Args:
        written: options of trades that were given, each with its file.

    Raises ConfigError.
    """
    found = examine(file, look_at_box=box.look)
    config = found.config
    asking = Asking()
    notes = (*found.notes, *of_restart(file, config))
    print(table(config, found.warnings, notes=notes, box_warnings=found.box_warnings, asking=asking))
    for option, path in written:
        try:
            option.run(config, path)
        except ValueError as error:
            print(error, file=sys.stderr)
            return 1
    right = 1 if asking.defects else 0
    return asyncio.run(_probe(config)) or right if probe else right


async def _probe(config: Config) -> int:
    """0: everything answers."""
    from agent.cli import probe

    progress = Progress(plain(sys.stderr))
    told = {_("THE POLE ITSELF"): await probe.pole(config), _("PROBE"): await probe.probe(config, tell=progress.show)}
    progress.clear()
    for title, answers in told.items():
        rows = [("+" if each.answered else "!", each.name, each.text) for each in answers]
        print("\n" + "\n".join(section(title, rows)))
    return 0 if all(each.answered for answers in told.values() for each in answers) else 1


def table(
    config: Config,
    warnings: Sequence[str],
    today: date | None = None,
    trades: Sequence[Trade] = TRADES,
    *,
    notes: Sequence[str] = (),
    box_warnings: Sequence[str] = (),
    asking: Asking | None = None,
) -> str:
    """Plain text, at most 100 characters wide.

    Args:
        today: local date whose night is shown; None: by the clock of this box.
        notes: what is right for this pole, and may not be for others.
        box_warnings: what this box lacks.
        asking: is told of defects.
    """
    asking = asking or Asking()
    rows = [section(_("UPLINKS"), _uplinks(config))]
    rows += [section(_("LINES"), _lines(config)), section(_("LORAWAN"), _networks(config))]
    rows += [section(_("GROUPS"), _groups(config))]
    for trade in trades:
        rows += asking.all(trade, partial(_sections, trade, config, today))
    rows += [section(_("DOCUMENTS"), documents(config, trades, asking))]
    rows += [section(_("FAILED"), asking.defects.items())]
    told = {
        _("NOTES"): notes,
        _("WARNINGS"): warnings,
        _("WARNINGS OF THIS BOX"): (*box_warnings, *unknown_names(config)),
    }
    rows += [section(title, [(line,) for line in lines]) for title, lines in told.items()]
    return "\n\n".join("\n".join(lines) for lines in (_pole(config), *rows) if lines)


def _sections(trade: Trade, config: Config, today: date | None) -> list[list[str]]:
    return [section(title, rows) for title, rows in trade.check_rows(config, today)]


def _pole(config: Config) -> list[str]:
    pole = config.pole
    return columns(
        [
            ("pole", f"{pole.site}/{pole.id}", f"{pole.latitude:.4f}, {pole.longitude:.4f}", pole.timezone),
            *(_uplink(name, each) for name, each in config.uplink.items()),
            ("store", config.store.path, _("at most {most} MB").format(most=config.store.max_mb), ""),
        ]
    )


def _uplink(name: str, uplink: UplinkOptions) -> Row:
    host, port = uplink.address
    safety = "TLS" if uplink.tls else _("this box only, no TLS")
    login = uplink.username or _("no login")
    return table_of(name), f"{host}:{port}", f"MQTT {_spoken(uplink)}, {safety}", login


def _uplinks(config: Config) -> Iterator[Row]:
    """What each gets and may order, where that is not everything."""
    for name, uplink in config.uplink.items():
        if len(config.uplink) > 1 or uplink.events != ("*",):
            orders = _("orders: {commands}").format(commands=uplink.commands)
            yield table_of(name), ", ".join(uplink.events), orders


def _spoken(broker: BrokerOptions) -> str:
    return _(" or ").join(broker.versions)


def _lines(config: Config) -> Iterator[Row]:
    for name, line in config.line.items():
        yield (name, *_link(line), _("answers within {limit}").format(limit=format_duration(line.timeout_s)))
        for _kind, device_name, device in config.members():
            if isinstance(device, LineDevice) and device.line == name:
                yield _("  unit {unit}").format(unit=device.unit), device_name, device.profile, _address(device)


def _link(line: LineOptions) -> tuple[str, str]:
    if isinstance(line, SerialLine):
        setting = _("{baud} baud, 8{parity}{stop_bits}")
        return line.port, setting.format(baud=line.baud, parity=line.parity, stop_bits=line.stop_bits)
    return f"{line.host}:{line.port}", "Modbus TCP" if line.framing == "tcp" else _("Modbus RTU over TCP")


def _address(device: LineDevice) -> str:
    given = ((name.replace("_", " "), value) for name, value in device.parameters.items())
    return ", ".join(f"{name} {value}" for name, value in given if value is not None)


def _groups(config: Config) -> Iterator[Row]:
    for name, group in config.group.items():
        yield titled(name, group), group.kind, ", ".join(group.members)


def _networks(config: Config) -> Iterator[Row]:
    for name, network in config.lorawan.items():
        devices = [each for _, _, each in config.members() if isinstance(each, LorawanDevice)]
        safety = "TLS" if network.tls else _("this box only, no TLS")
        heard = _heard([each for each in devices if each.network == name])
        where = "{}:{}".format(*network.address)
        yield name, where, f"MQTT {_spoken(network)}, {safety}", network.username or _("no login"), heard


def _heard(devices: Sequence[LorawanDevice]) -> str:
    """How many of a network are heard, lamps apart."""
    count = sum(isinstance(each, LorawanSensor) for each in devices)
    heard = ngettext("{count} sensor", "{count} sensors", count).format(count=count)
    if lamps := len(devices) - count:
        heard += ", " + ngettext("{count} lamp", "{count} lamps", lamps).format(count=lamps)
    return heard
