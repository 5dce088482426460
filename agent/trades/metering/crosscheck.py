"""[meter.NAME]: a profile of a meter."""

from agent.config.crosscheck import profiles
from agent.config.problems import Report
from agent.config.reader import Table
from drivers.profile import Profile


def crosscheck(config: Table, report: Report) -> None:
    for meter in config.tables("meter").values():
        if found := profiles.found(config, meter):
            _fits(meter, found, report)


def _fits(meter: Table, found: Profile, report: Report) -> None:
    if found.tables.lamp is not None:
        what = f'"{found.name}" is a lamp, not a meter'
        report.error(meter.path, "profile", what, "expected [lamp.NAME], or a profile without a [lamp] table")
    elif found.parameters:
        what = f'"{found.name}" asks for {" and ".join(found.parameters)}, which a meter has not'
        report.error(meter.path, "profile", what, "expected a profile without parameters")
    if meter.values.get("nominal_voltage_v") is not None and not found.supply_voltages:
        what = f'profile "{found.name}" has no supply voltage, so it does nothing'
        report.warning(meter.path, "nominal_voltage_v", what)
