"""What may be wrong with the tables of a lamp: what it is told, what it tells, and what it does without the pole."""

from collections.abc import Iterator

from drivers.mistakes import Mistake
from drivers.profile.register_checks import writable
from drivers.profile.schema import FAILSAFE_LEVEL, FailsafeTable, FeedTable, LampTable, ProfileTables
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
    yield from _level(tables, lamp)
    if lamp.switch_read_back and not lamp.switch:
        yield "lamp", "switch_read_back", _("stands without switch")
    if lamp.told_by:
        state = "switch_read_back" if lamp.switch_read_back else "switch"
        yield from _told(tables, {"read_back": lamp.told_by, state: lamp.switch_read_back or lamp.switch or ""})


def _level(tables: ProfileTables, lamp: LampTable) -> Iterator[Mistake]:
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
