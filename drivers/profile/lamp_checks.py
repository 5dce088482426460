"""What may be wrong with the tables of a lamp: what it is told, what it tells, and what it does without the pole."""

from collections.abc import Iterator

from drivers.level import COLOUR
from drivers.mistakes import Mistake
from drivers.profile.register_checks import writable
from drivers.profile.schema import FAILSAFE_LEVEL, ColourTable, FailsafeTable, FeedTable, LampTable, ProfileTables
from drivers.translation import _


def mistakes(tables: ProfileTables) -> Iterator[Mistake]:
    if tables.lamp is not None:
        yield from _lamp(tables, tables.lamp)
    if tables.failsafe is not None:
        yield from _failsafe(tables, tables.failsafe)


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
    yield from _only_switch(lamp) if lamp.level is None else _level(tables, lamp, lamp.level)
    if lamp.switch:
        yield from _driven("switch", lamp.switch, (0.0, 1.0), tables)
    if lamp.switch_read_back and not lamp.switch:
        yield "lamp", "switch_read_back", _("stands without switch")
    if lamp.colour is not None:
        yield from _colour(tables, lamp.colour)
    if lamp.told_by or lamp.level is None:
        state = "switch_read_back" if lamp.switch_read_back else "switch"
        yield from _told(tables, {"read_back": lamp.told_by or "", state: lamp.switch_state or ""})


def _only_switch(lamp: LampTable) -> Iterator[Mistake]:
    """A device that burns at 100 % or not at all."""
    if lamp.switch is None:
        yield "lamp", "", _("has neither level nor switch; expected one of them, or both")
    if isinstance(lamp.read_back, str):
        yield "lamp", "read_back", _("stands without level; switch_read_back tells whether the switch is on")


def _level(tables: ProfileTables, lamp: LampTable, name: str) -> Iterator[Mistake]:
    level = tables.register.get(name)
    if level and level.type == "coil":
        yield "lamp", "level", _("{level} tells on and off, no level; write switch in its place").format(level=name)
    elif level:
        yield from _driven("level", name, (100.0,) if lamp.switch else (0.0, 100.0), tables)
    yield from _beyond(tables, {lamp.told_by or "": "read_back", name: "level"})


def _beyond(tables: ProfileTables, named: dict[str, str]) -> Iterator[Mistake]:
    for name, key in named.items():
        register = tables.register.get(name)
        if register and register.range and (register.range[0] < 0 or register.range[1] > 100):
            yield "lamp", key, _("{name} goes beyond 0 to 100 %; check its range and its scale").format(name=name)


def _colour(tables: ProfileTables, colour: ColourTable) -> Iterator[Mistake]:
    """Both ends of the range must go into the register, and what tells it must be a number."""
    if not colour.range[0] < colour.range[1]:
        yield "lamp.colour", "range", _("the first number must be lower than the second")
    ends = (said for value in colour.range for said in writable("lamp.colour", "set", colour.set, value, tables))
    yield from dict.fromkeys(ends)
    told = tables.register.get(COLOUR)
    if told is None:
        yield "lamp.colour", "", _("there is no [register.{name}]").format(name=COLOUR)
    elif told.poll is False:
        yield "lamp.colour", "", _("{name} is not polled, so it would never be known").format(name=COLOUR)
    elif told.type in {"coil", "bits"}:
        yield "lamp.colour", "", _("{name} tells on and off, no colour temperature").format(name=COLOUR)


def _driven(key: str, name: str, values: tuple[float, ...], tables: ProfileTables) -> Iterator[Mistake]:
    """What a lamp is told must go into its register. Off is the switch alone, where there is one."""
    yield from dict.fromkeys(said for value in values for said in writable("lamp", key, name, value, tables))


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
        yield from _setting(name, value, tables)
    if (feed := failsafe.feed) is None:
        return
    if feed.period_s <= 0:
        yield "failsafe.feed", "period", _("must be longer than nothing")
    yield from _timer(failsafe, feed)
    if feed.write is not None:
        yield from writable("failsafe.feed", "register", feed.register, feed.write, tables)
    elif feed.register not in tables.register:
        yield "failsafe.feed", "register", _("there is no [register.{register}]").format(register=feed.register)


def _setting(name: str, value: float | str, tables: ProfileTables) -> Iterator[Mistake]:
    if isinstance(value, str) and value != FAILSAFE_LEVEL:
        what = _('{name} is a number or "{word}", not "{value}"')
        yield "failsafe", "at_start", what.format(name=name, word=FAILSAFE_LEVEL, value=value)
    else:
        number = 100.0 if isinstance(value, str) else value
        yield from writable("failsafe", "at_start", name, number, tables)


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
