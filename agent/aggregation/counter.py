"""How far a counter went between two readings, where it may roll over, be set back, be replaced or be misread (pure).

What nothing explains is held until the next reading: one wrong answer of a device books nothing.
"""

from typing import Literal

from msgspec import Struct, structs

from agent.clock import Moment

SLACK_STEPS = 2.0
"""A counter may be late by so many of its steps."""


class CounterRule(Struct, frozen=True):
    """What is known of a counter, in its unit.

    Args:
        most_per_s: the most that it can gain in a second.
        step: the least that it grows by.
        wraps: after its highest value it begins at 0 again, that much farther; None: it never does.
    """

    most_per_s: float
    step: float = 0.0
    wraps: float | None = None

    def most(self, seconds: float | None) -> float | None:
        """The most that it can have gained; None: nobody knows for how long."""
        return None if seconds is None else self.most_per_s * max(0.0, seconds) + SLACK_STEPS * self.step


class Standing(Struct, frozen=True):
    """What a counter showed, and when."""

    value: float
    at: Moment


class Counted(Struct, frozen=True, omit_defaults=True):
    """
    Args:
        last: the last reading that counts.
        doubted: a later one that nothing explains yet.
    """

    last: Standing | None = None
    doubted: Standing | None = None


class Gain(Struct, frozen=True):
    """What a counter gained from one reading to the next.

    Args:
        kind: "reset": it was set back or replaced, and what it gained is not known; "jump": more than is possible in
            that time, and yet confirmed.
        amount: 0 of a reset.
    """

    kind: Literal["counted", "rolled_over", "reset", "jump"]
    amount: float
    since: Moment
    until: Moment


def count(rule: CounterRule, counted: Counted, value: float, now: Moment) -> tuple[Counted, Gain | None]:
    """One reading. No gain is told of the first one, and of one that is doubted."""
    here = Standing(value, now)
    if counted.last is None:
        return Counted(here), None
    if (amount := _grown(rule, counted.last, here)) is not None:
        return Counted(here), Gain("counted", amount, counted.last.at, now)
    if counted.doubted is None or _grown(rule, counted.doubted, here) is None:
        return structs.replace(counted, doubted=here), None
    return Counted(here), _confirmed(rule, counted.last, here)


def _grown(rule: CounterRule, before: Standing, after: Standing) -> float | None:
    """What it gained; None: that is not possible."""
    amount, most = after.value - before.value, rule.most(after.at.elapsed_since(before.at))
    return amount if amount >= 0 and (most is None or amount <= most) else None


def _confirmed(rule: CounterRule, before: Standing, after: Standing) -> Gain:
    """What was doubted, and was shown again."""
    amount, most = after.value - before.value, rule.most(after.at.elapsed_since(before.at))
    if amount >= 0:
        return Gain("jump", amount, before.at, after.at)
    if rule.wraps is not None and most is not None and 0 <= (rolled := rule.wraps + amount) <= most:
        return Gain("rolled_over", rolled, before.at, after.at)
    return Gain("reset", 0.0, before.at, after.at)
