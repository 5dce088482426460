"""[line.NAME]: what a line can do, and ports whose names may change."""

from agent.config.problems import Report
from agent.config.reader import Table, all_tables
from drivers.line import units
from drivers.mapped import LineDevice
from drivers.translation import _

RTU_UNIT = _("expected Modbus unit, 1 to 247")


def check(config: Table, report: Report) -> None:
    for line in config.tables("line").values():
        _in_flight(line, report)
    _units(config, report)
    _ports_that_swap(config, report)


def _in_flight(line: Table, report: Report) -> None:
    both = line.values_of("framing", "in_flight")
    if both and both[0] == "rtu" and (both[1] or 1) > 1:
        what = _('{number} with framing "rtu": its answers do not say which request they belong to')
        what = what.format(number=both[1])
        report.error(line.path, "in_flight", what, _("expected 1"))


def _units(config: Table, report: Report) -> None:
    """A serial line has no unit 0 or 255; which kind of line it is stands in another table than the unit."""
    lines = config.tables("line")
    for device in all_tables(config):
        both = device.values_of("line", "unit") if issubclass(device.kind, LineDevice) else None
        line = lines.get(both[0]) if both else None
        if both and line is not None and both[1] not in units(line.values.get("framing") == "tcp"):
            report.error(device.path, "unit", *_unit(both[1], line))


def _unit(unit: int, line: Table) -> tuple[str, str]:
    is_mbap = line.values.get("framing") == "tcp"
    right = _("expected Modbus unit, 1 to 247, or 0 or 255: the device itself") if is_mbap else RTU_UNIT
    return _("{unit} is out of range").format(unit=unit), right


def _ports_that_swap(config: Table, report: Report) -> None:
    """The kernel numbers USB ports in the order in which it finds them."""
    numbered = [
        table
        for table in all_tables(config)
        if str(table.values.get("port")).startswith(("/dev/ttyUSB", "/dev/ttyACM"))
    ]
    if len(numbered) > 1:
        for table in numbered:
            what = _("{port} may be another device after replugging or a restart").format(port=table.values["port"])
            report.warning(table.path, "port", what, _("prefer its link in /dev/serial/by-path or /dev/serial/by-id"))
