"""The schedule of one night of a program: its ends and its levels as moments."""

from datetime import date, timedelta
from functools import lru_cache

from msgspec import Struct

from agent.trades.lighting.options import Operation, Presence
from agent.trades.lighting.plan.program import At, Program, Window
from agent.trades.lighting.plan.sun import Place, Sky
from agent.trades.lighting.plan.times import MiddleTime, placed


class Span(Struct, frozen=True):
    """A part of a night, unix seconds; the end does not belong to it."""

    begin_s: float
    end_s: float

    def __contains__(self, unix_s: float) -> bool:
        return self.begin_s <= unix_s < self.end_s


class Switching(Struct, frozen=True):
    """A level from a moment of a night on.

    Args:
        ramp_s: how long the change takes; None: as the program's.
        colour_k: of the light; None: as the lamp's.
    """

    at_s: float
    level_percent: float
    ramp_s: float | None = None
    colour_k: float | None = None


class Night(Struct, frozen=True):
    """One night, unix seconds.

    Args:
        switchings: of the steps, the first at its beginning, none at or after its end.
        adjust: what is applied over them.
        presence: what is applied while somebody is there.
    """

    program: Program
    span: Span
    switchings: tuple[Switching, ...]
    adjust: tuple[tuple[Span, Operation, float], ...]
    presence: tuple[tuple[Span, Presence], ...]

    def level_percent(self, unix_s: float) -> float:
        """Returns the level at a moment of the night while no vehicle or person is present."""
        level_percent = [each.level_percent for each in self.switchings if each.at_s <= unix_s][-1]
        for span, operation, operand_percent in self.adjust:
            if unix_s in span:
                level_percent = combined(operation, level_percent, operand_percent)
        return level_percent

    def colour_k(self, unix_s: float) -> float | None:
        """Returns the colour temperature at a moment of the night; None: as the lamp's."""
        return [each.colour_k for each in self.switchings if each.at_s <= unix_s][-1]

    def presence_rules_at(self, unix_s: float) -> tuple[Presence, ...]:
        """What is waiting for somebody at a moment of the night."""
        return tuple(each for span, each in self.presence if unix_s in span)

    def ramp_s(self, unix_s: float) -> float | None:
        """Returns the ramp of the step that begins just then; None: none does, or it takes the program's."""
        return next((each.ramp_s for each in self.switchings if each.at_s == unix_s), None)

    @property
    def changes_s(self) -> set[float]:
        """Every moment at which something may change."""
        spans = [self.span, *(span for span, *_ in self.adjust), *(span for span, _ in self.presence)]
        return {each.at_s for each in self.switchings} | {at_s for one in spans for at_s in (one.begin_s, one.end_s)}


def combined(operation: Operation, level_percent: float, operand_percent: float) -> float:
    """The level that comes of two (TALQ 2.7.1, EffectOperation), 0 to 100 %; "Mul" takes the operand as a share."""
    results: dict[Operation, float] = {
        "Set": operand_percent,
        "Max": max(level_percent, operand_percent),
        "Min": min(level_percent, operand_percent),
        "Add": min(100.0, level_percent + operand_percent),
        "Sub": max(0.0, level_percent - operand_percent),
        "Mul": level_percent * operand_percent / 100.0,
    }
    return results[operation]


@lru_cache(maxsize=256)
def night(program: Program, day: date, place: Place) -> Night | None:
    """`night_on`, kept for the days around today: each is looked at for several days."""
    return night_on(program, day, place)


def night_on(program: Program, day: date, place: Place) -> Night | None:
    """The night that begins on `day`, or None where there is none.

    A sun event that does not occur stands where it vanished: at solar noon where the sun stays below (the polar night
    is lit from noon to noon, with its steps), and a night that never gets dark at one of its ends is no night. Its
    offset is dropped between two halves of the day, so that a polar night has no gap at noon.
    """
    off_day = day + timedelta(days=int(program.next_day))
    on, off = placed(program.on, day, place), placed(program.off, off_day, place)
    halves = program.on.evening != program.off.evening
    by_day = program.off.evening and halves
    never_dark = Sky.STAYS_ABOVE in (on.sky, off.sky) and not by_day
    whole = Span(on.moment_s(dropped=halves), off.moment_s(dropped=halves))
    if whole.end_s <= whole.begin_s or never_dark:
        return None
    return _Maker(day, place, whole).night(program)


class _Maker(Struct, frozen=True):
    day: date
    place: Place
    whole: Span

    def night(self, program: Program) -> Night:
        adjust = ((self.part(window), one.operation, one.level_percent) for window, one in program.adjust)
        presence = ((self.part(window), one) for window, one in program.presence)
        return Night(
            program,
            self.whole,
            self.switchings(program),
            tuple((span, operation, level) for span, operation, level in adjust if span),
            tuple((span, one) for span, one in presence if span),
        )

    def moment_s(self, at: At) -> float | None:
        """Returns when `at` is, unix seconds; None where it is a sun event that does not come because the sun stays
        above it."""
        if isinstance(at.time, MiddleTime):
            return round((self.whole.begin_s + self.whole.end_s) / 2) + at.time.offset_s
        found = placed(at.time, self.day + timedelta(days=at.days), self.place)
        return None if found.sky is Sky.STAYS_ABOVE else found.moment_s()

    def switchings(self, program: Program) -> tuple[Switching, ...]:
        """A step whose time has passed when the night begins is in force from its beginning; of several the last."""
        begin_s, found = self.whole.begin_s, [(self.moment_s(step.at), step) for step in program.steps]
        moments = [(at_s, step) for at_s, step in found if at_s is not None and at_s < self.whole.end_s]
        levels = {begin_s: Switching(begin_s, program.level_percent, None, program.colour_k)}
        for at_s, step in sorted(moments, key=lambda each: each[0]):
            colour_k = program.colour_k if step.colour_k is None else step.colour_k
            since_s = max(begin_s, at_s)
            levels[since_s] = Switching(since_s, step.level_percent, step.ramp_s, colour_k)
        return tuple(levels[at_s] for at_s in sorted(levels))

    def part(self, window: Window) -> Span | None:
        """Returns the part of the night that a window covers; None where it has no length, or is bounded by a sun
        event that does not come."""
        begin_s = self.whole.begin_s if window.begin is None else self.moment_s(window.begin)
        end_s = self.whole.end_s if window.end is None else self.moment_s(window.end)
        if begin_s is None or end_s is None:
            return None
        found = Span(max(begin_s, self.whole.begin_s), min(end_s, self.whole.end_s))
        return found if found.begin_s < found.end_s else None
