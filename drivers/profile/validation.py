"""Validation of a profile beyond its types: one message for each mistake, with the table and key it stands at."""

import math
import re
from collections.abc import Iterator

from drivers.profile import overlap_checks
from drivers.profile.errors import Mistake
from drivers.profile.schema import (
    FAILSAFE_LEVEL,
    SUPPLY_VOLTAGE,
    FailsafeTable,
    FeedTable,
    LampTable,
    Probe,
    ProfileTables,
    Register,
)
from drivers.profile.values import encode
from drivers.translation import _

_BITS = (1, 2)


def mistakes(tables: ProfileTables) -> Iterator[Mistake]:
    for name, register in tables.register.items():
        yield from _register(f"register.{name}", register, tables.max_registers)
        yield from _value(f"register.{name}", register)
        yield from _write(f"register.{name}", register)
    yield from overlap_checks.mistakes(tables)
    yield from _twice(tables)
    yield from _polls(tables)
    for name, value in tables.setup.items():
        yield from _writable("", "setup", name, value, tables)
    if tables.setup and tables.lamp is not None:
        yield "", "setup", _("is for devices that only report; a lamp has at_start in [failsafe]")
    for number, probe in enumerate(tables.probe, 1):
        yield from _probe(f"probe#{number}", probe, tables)
    if tables.lamp is not None:
        yield from _lamp(tables, tables.lamp)
    if tables.failsafe is not None:
        yield from _failsafe(tables, tables.failsafe)


def _register(table: str, register: Register, max_registers: int) -> Iterator[Mistake]:
    if (register.function in _BITS) != (register.type == "coil"):
        yield table, "type", _('functions 1 and 2 read type "coil", and 3 and 4 every other type')
    if register.words > max_registers:
        yield (
            table,
            "type",
            _("takes {words} registers, and max_registers is {max_registers}").format(
                words=register.words, max_registers=max_registers
            ),
        )
    if (register.type == "bits") != bool(register.bits):
        yield table, "bits", _('type "bits" needs a table of names, and no other type may have one')
    if len(set(register.bits.values())) < len(register.bits):
        yield table, "bits", _("one bit has two names")
    if (part := register.bit_field) and (register.type not in {"u16", "i16"} or part[0] > part[1]):
        yield table, "bit_field", _('lowest and highest bit of one register of type "u16" or "i16"')
    if any(not 0 <= raw < 1 << 16 * register.words for raw in register.invalid):
        bits = 16 * register.words
        yield (
            table,
            "invalid",
            _("raw values of {bits} bits, 0 to 0x{most:X}, before scale and sign").format(
                bits=bits, most=(1 << bits) - 1
            ),
        )
    if register.curve == "dali" and register.type != "u16":
        yield table, "curve", _('a DALI level has type "u16"')


def _value(table: str, register: Register) -> Iterator[Mistake]:
    for key, value in (("scale", register.scale), ("offset", register.offset)):
        if not math.isfinite(value):
            yield table, key, _("{value} is no number to reckon with").format(value=value)
    if register.scale == 0:
        yield table, "scale", _("a scale of 0 leaves nothing of the value")
    if register.range and register.type in {"bits", "coil"}:
        yield table, "range", _("yes and no have none")
    elif register.range and not register.range[0] < register.range[1]:
        yield table, "range", _("the first number must be lower than the second")
    if register.nominal is not None and not re.fullmatch(SUPPLY_VOLTAGE, table.removeprefix("register.")):
        yield table, "nominal", _("only supply_voltage_v and supply_voltage_l1_v to _l3_v are judged by one")


def _reckons(register: Register) -> bool:
    return math.isfinite(register.scale) and math.isfinite(register.offset) and register.scale != 0


def _write(table: str, register: Register) -> Iterator[Mistake]:
    if register.write is None:
        return
    if register.function not in (1, 3):
        yield table, "write", _("only coils (function 1) and holding registers (function 3) can be written")
    elif (register.write == 5) != (register.function == 1):
        yield table, "write", _("coils are written by function 5, holding registers by 6 or 16")
    elif register.write == 6 and register.words > 1:
        yield (
            table,
            "write",
            _("function 6 writes one register, {type} takes {words}; use 16").format(
                type=register.type, words=register.words
            ),
        )
    elif register.type == "bits" or register.bit_field:
        yield table, "write", _("a part of a register cannot be written alone")


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


def _lamp(tables: ProfileTables, lamp: LampTable) -> Iterator[Mistake]:
    named = {
        "level": lamp.level,
        "read_back": lamp.read_back,
        "switch": lamp.switch,
        "switch_read_back": lamp.switch_read_back,
    }
    for key, name in named.items():
        if isinstance(name, str) and name not in tables.register:
            yield "lamp", key, _("there is no [register.{name}]").format(name=name)
    level, switch = tables.register.get(lamp.level), tables.register.get(lamp.switch or "")
    if level and level.type == "coil":
        yield "lamp", "level", _("{level} tells on and off, no level").format(level=lamp.level)
    elif level:
        yield from _driven("level", lamp.level, (100.0,) if lamp.switch else (0.0, 100.0), tables)
    if switch:
        yield from _driven("switch", lamp.switch or "", (0.0, 1.0), tables)
    for name, key in {lamp.told_by or "": "read_back", lamp.level: "level"}.items():
        register = tables.register.get(name)
        if register and register.range and (register.range[0] < 0 or register.range[1] > 100):
            yield "lamp", key, _("{name} goes beyond 0 to 100 %; check its range and its scale").format(name=name)
    if lamp.switch_read_back and not lamp.switch:
        yield "lamp", "switch_read_back", _("stands without switch")
    if lamp.told_by:
        state = "switch_read_back" if lamp.switch_read_back else "switch"
        yield from _told(tables, {"read_back": lamp.told_by, state: lamp.switch_read_back or lamp.switch or ""})


def _driven(key: str, name: str, values: tuple[float, ...], tables: ProfileTables) -> Iterator[Mistake]:
    """What a lamp is told must go into its register. Off is the switch alone, where there is one."""
    yield from dict.fromkeys(said for value in values for said in _writable("lamp", key, name, value, tables))


def _told(tables: ProfileTables, told: dict[str, str]) -> Iterator[Mistake]:
    """The level is made of all of them, so they are read together."""
    parts = {key: tables.register[name] for key, name in told.items() if name in tables.register}
    for key, register in parts.items():
        if register.poll is False:
            yield "lamp", key, _("{name} is not polled, so the level would never be known").format(name=told[key])
        if register.type == "bits":
            yield (
                "lamp",
                key,
                _("{name} has several names; make a register of its own, with a bit_field, of the one").format(
                    name=told[key]
                ),
            )
        elif key == "read_back" and register.type == "coil":
            yield "lamp", key, _("{name} tells on and off, no level").format(name=told[key])
    if len({register.group for register in parts.values()}) > 1:
        yield "lamp", list(parts)[-1], _("must have the same poll as the register that tells the level")


def _failsafe(tables: ProfileTables, failsafe: FailsafeTable) -> Iterator[Mistake]:
    if tables.lamp is None:
        yield "failsafe", "", _("stands without [lamp]")
    for name, value in failsafe.at_start.items():
        if isinstance(value, str) and value != FAILSAFE_LEVEL:
            yield (
                "failsafe",
                "at_start",
                _('{name} is a number or "{word}", not "{value}"').format(name=name, word=FAILSAFE_LEVEL, value=value),
            )
        else:
            number = 100.0 if isinstance(value, str) else value
            yield from _writable("failsafe", "at_start", name, number, tables)
    if (feed := failsafe.feed) is None:
        return
    if feed.period_s <= 0:
        yield "failsafe.feed", "period", _("must be longer than nothing")
    yield from _timer(failsafe, feed)
    if feed.write is not None:
        yield from _writable("failsafe.feed", "register", feed.register, feed.write, tables)
    elif feed.register not in tables.register:
        yield "failsafe.feed", "register", _("there is no [register.{register}]").format(register=feed.register)


def _timer(failsafe: FailsafeTable, feed: FeedTable) -> Iterator[Mistake]:
    """Two requests must fit into the time after which the device takes the pole for dead: one may be lost."""
    timer = feed.timer or feed.register
    limit_s = failsafe.at_start.get(timer)
    if isinstance(limit_s, int | float) and feed.period_s > limit_s / 2:
        yield (
            "failsafe.feed",
            "period",
            _("is more than half of {timer} = {limit_s:g} s: one request may be lost").format(
                timer=timer, limit_s=limit_s
            ),
        )
    elif feed.timer and not isinstance(limit_s, int | float):
        yield (
            "failsafe.feed",
            "timer",
            _("at_start does not set {timer} to a number of seconds").format(timer=feed.timer),
        )


def _writable(table: str, key: str, name: str, value: float, tables: ProfileTables) -> Iterator[Mistake]:
    register = tables.register.get(name)
    if register is None:
        yield table, key, _("there is no [register.{name}]").format(name=name)
    elif register.write is None:
        yield table, key, _("{name} cannot be written").format(name=name)
    elif _reckons(register):
        try:
            encode(register, value)
        except ValueError as error:
            yield table, key, f"{name}: {error}"
