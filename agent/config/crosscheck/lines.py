"""Serial ports and TCP links: each has one owner."""

import ipaddress
from pathlib import Path

from agent.config.problems import Report
from agent.config.reader import Table
from drivers.line import TcpLine


def check(config: Table, report: Report) -> None:
    first: dict[str, tuple[Table, str]] = {}
    owners = (*config.tables("line").values(), *config.tables("sensor").values())
    for table in sorted(owners, key=lambda each: report.line(each.path)):
        key, place = _place(table)
        if place is None:
            continue
        if place in first:
            _taken_twice(table, key, first[place], report)
        else:
            first[place] = (table, key)
    for line in config.tables("line").values():
        _in_flight(line, report)
    _ports_that_swap(config, report)


def _place(table: Table) -> tuple[str, str | None]:
    """The key that says where the link is, and the link itself; links of the file system are followed."""
    if table.kind is TcpLine:
        both = table.values_of("host", "port")
        return "host", f"{_host(both[0])}, TCP port {both[1]}" if both else None
    port = table.values.get("port")
    return "port", str(Path(port).resolve()) if port else None


def _host(host: str) -> str:
    """One way of writing an address, and "localhost". Two names of one host look like two: none is looked up here."""
    name = host.lower().strip("[]").removesuffix(".")
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return "127.0.0.1" if name == "localhost" else name


def _taken_twice(table: Table, key: str, taken: tuple[Table, str], report: Report) -> None:
    other, other_key = taken
    name = ".".join(str(part) for part in other.path)
    where = f"[{name}] on line {report.line((*other.path, other_key))}"
    report.error(table.path, key, f"{where} is on the same port", "expected one owner of each port")


def _in_flight(line: Table, report: Report) -> None:
    both = line.values_of("framing", "in_flight")
    if both and both[0] == "rtu" and (both[1] or 1) > 1:
        what = f'{both[1]} with framing "rtu": its answers do not say which request they belong to'
        report.error(line.path, "in_flight", what, "expected 1")


def _ports_that_swap(config: Table, report: Report) -> None:
    """The kernel numbers USB ports in the order in which it finds them."""
    numbered = [
        table
        for table in (*config.tables("line").values(), *config.tables("sensor").values())
        if str(table.values.get("port")).startswith(("/dev/ttyUSB", "/dev/ttyACM"))
    ]
    if len(numbered) > 1:
        for table in numbered:
            what = f"{table.values['port']} may be another device after replugging or a restart"
            report.warning(table.path, "port", what, "prefer its link in /dev/serial/by-path or /dev/serial/by-id")
