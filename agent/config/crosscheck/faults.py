"""The faults of a device: those that its profile declares, and its own beside them, and what may tell of them."""

from collections.abc import Collection

from agent.config.problems import Report, one_of
from agent.config.reader import Table
from drivers.profile import Fault, Profile, fault_checks
from drivers.translation import _


def check(device: Table, found: Profile, types: Collection[str], report: Report) -> None:
    """
    Args:
        types: of event, that tell of a fault of such a device.
    """
    for fault in found.tables.fault:
        if fault.event not in types:
            what = _('fault "{fault}" of profile "{name}" is told by {event}, which tells of no such device')
            what = what.format(fault=fault.name, name=found.name, event=fault.event)
            report.error(device.path, "profile", what, one_of(sorted(types)))
    others = list(found.tables.fault)
    for table in device.values.get("faults") or ():
        if table.values.keys() >= {"name", "event"}:
            fault = Fault(**table.values)
            _own(table, fault, others, found, report)
            _type(table, fault, types, report)
            others.append(fault)


def _type(table: Table, fault: Fault, types: Collection[str], report: Report) -> None:
    if fault.event not in types:
        what = _("{event} tells of no such device").format(event=fault.event)
        report.error(table.path, "event", what, one_of(sorted(types)))


def _own(table: Table, fault: Fault, others: list[Fault], found: Profile, report: Report) -> None:
    """What is wrong with one that the configuration declares."""
    for key, words in fault_checks.of(fault, fault_checks.quantities(found.tables)):
        report.error(table.path, key, words, _("expected a value that its profile tells, and a limit that it has"))
    for other in others:
        if fault.name == other.name or fault_checks.meet(other, fault):
            what = _('"{name}" is declared already').format(name=other.name)
            report.error(table.path, "name", what, _("expected one fault for each bit and range"))
