"""Validation of a profile beyond its types: one message for each mistake, with the table and key it stands at."""

from collections.abc import Iterator

from drivers.mistakes import Mistake
from drivers.profile import fault_checks, lamp_checks, overlap_checks, register_checks, silent_checks
from drivers.profile.schema import Probe, ProfileTables
from drivers.translation import _


def mistakes(tables: ProfileTables) -> Iterator[Mistake]:
    for name, register in tables.register.items():
        yield from register_checks.mistakes(name, register, tables.max_registers)
    yield from register_checks.units(tables)
    yield from overlap_checks.mistakes(tables)
    yield from _twice(tables)
    yield from _polls(tables)
    for name, value in tables.setup.items():
        yield from register_checks.writable("", "setup", name, value, tables)
    if tables.tells_within_s is not None and not _decides(tables):
        yield "", "tells_within", _("is of a sensor that decides itself, and no value is called occupied")
    if tables.setup and tables.lamp is not None:
        yield "", "setup", _("is for devices that only report; a lamp has at_start in [failsafe]")
    for number, probe in enumerate(tables.probe, 1):
        yield from _probe(f"probe#{number}", probe, tables)
    yield from lamp_checks.mistakes(tables)
    yield from fault_checks.mistakes(tables)
    yield from silent_checks.mistakes(tables)
    if tables.exponents:
        from drivers.profile import exponent_checks  # few devices have any

        yield from exponent_checks.mistakes(tables)


def _decides(tables: ProfileTables) -> bool:
    return any("occupied" in register.quantities(name) for name, register in tables.register.items())


def _twice(tables: ProfileTables) -> Iterator[Mistake]:
    seen = {name for name, register in tables.register.items() if register.type != "bits"}
    for name, register in tables.register.items():
        for quantity in register.bits:
            if quantity in seen:
                yield (
                    f"register.{name}",
                    "bits",
                    _('"{quantity}" is the name of another value already').format(quantity=quantity),
                )
            seen.add(quantity)


def _polls(tables: ProfileTables) -> Iterator[Mistake]:
    used = {register.group for register in tables.register.values()}
    for name, register in tables.register.items():
        if register.group and register.group not in tables.poll:
            yield f"register.{name}", "poll", _("there is no [poll.{group}]").format(group=register.group)
    for name, poll in tables.poll.items():
        if name not in used:
            yield f"poll.{name}", "", _("no register names it")
        if poll.period_s <= 0:
            yield f"poll.{name}", "period", _("must be longer than nothing")
    if all(register.poll is False for register in tables.register.values()):
        yield "register", "", _("none is polled, so the device could never be seen to be up")


def _probe(table: str, probe: Probe, tables: ProfileTables) -> Iterator[Mistake]:
    if (probe.text is None) == (probe.register is None):
        yield table, "", _("needs either register and range, or text and address")
    elif probe.text is not None:
        if probe.address is None:
            yield table, "text", _("needs the address of its first character")
    elif probe.register not in tables.register:
        yield table, "register", _("there is no [register.{register}]").format(register=probe.register)
    elif tables.register[probe.register].type in {"bits", "coil"}:
        yield (
            table,
            "register",
            _("{register} is yes or no, which tells no device from another").format(register=probe.register),
        )
    elif probe.range is None or probe.range[0] > probe.range[1]:
        yield table, "range", _("expected the lowest and the highest value that such a device gives")
