"""What one lamp should do now, by its program, its sensors and an override; a defect in these leaves it a level."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from msgspec import structs

from agent.clock import Clock
from agent.isolation import Isolation
from agent.trades.lighting.plan.dated import DatedLevel
from agent.trades.lighting.plan.lamp_plan import LampColours, LampPlan
from agent.trades.lighting.plan.override import Override
from agent.trades.lighting.plan.presence import Inputs, apply_presence, apply_reading
from agent.trades.lighting.plan.resolve import Level, resolve
from drivers.base import Reading
from drivers.translation import _

_WITHOUT_PROGRAM = _("its program failed by a defect, so it waits")


class LevelSource:
    """
    Args:
        lamp: its name.
        plan: what it follows.
        clock: the clock that programs and overrides follow.
        burning_h: burning hours of the lamp, where somebody counts them; None: its own counter's readings.
        isolation: keeps a defect in what the lamp follows from the lamp, which burns at its default level then.
        dated: levels over its program that hold now.
        plan_now: the plan with what documents let the lamp follow.
    """

    def __init__(
        self,
        lamp: str,
        plan: LampPlan,
        clock: Clock,
        burning_h: Callable[[], float | None] | None,
        isolation: Isolation,
        *,
        dated: Callable[[], Sequence[DatedLevel]] = lambda: (),
        plan_now: Callable[[LampPlan], LampPlan] = lambda plan: plan,
    ) -> None:
        self._dated, self._plan_now = dated, plan_now
        self._plan, self._clock, self._burning_h = plan, clock, burning_h
        self._without_program = structs.replace(plan, calendar=None)
        self._inputs = Inputs()
        self._program, self._override = (isolation.part(f"{what}/{lamp}") for what in ("program", "override"))
        self._presence_rules = plan.calendar.presence if plan.calendar is not None else frozenset()
        self._cells = plan.calendar.cells if plan.calendar is not None else frozenset()

    @property
    def colours(self) -> LampColours | None:
        """The colour temperatures of the lamp; None: none is asked of it."""
        return self._plan.colours

    def level(self, override: Override | None) -> Level:
        """What the lamp should do now, why, and until when."""
        level = self._program.ask(lambda: self._programmed(override)) or self._override.ask(
            lambda: self._unprogrammed(override)
        )
        return level or Level(self._plan.default_percent, "default", detail=_WITHOUT_PROGRAM)

    def take(self, reading: Reading) -> None:
        """Takes a reading of a photocell, or of the lamp's own counter of hours."""
        self._inputs = apply_reading(self._inputs, reading, self._cells)

    def on_presence(self, source: str, at_s: float) -> bool:
        """Notes that `source` saw somebody at monotonic `at_s`; returns whether the lamp waits for that."""
        before, self._inputs = self._inputs, apply_presence(self._inputs, self._presence_rules, source, at_s)
        return self._inputs is not before

    def forget_presence(self, sources: AbstractSet[str]) -> None:
        """Forgets whom these have noticed, with whoever else the same rule waits for."""
        kept = {rule: seen for rule, seen in self._inputs.seen.items() if sources.isdisjoint(rule.by)}
        self._inputs = structs.replace(self._inputs, seen=kept)

    def forget(self) -> None:
        """Forgets what the sensors have said so far."""
        self._inputs = Inputs()

    def _programmed(self, override: Override | None) -> Level:
        inputs = self._inputs
        if self._burning_h is not None:
            inputs = structs.replace(inputs, burning_h=self._burning_h())
        return resolve(self._plan_now(self._plan), override, self._clock.now(), inputs, self._dated())

    def _unprogrammed(self, override: Override | None) -> Level:
        level = resolve(self._without_program, override, self._clock.now())
        return structs.replace(level, detail=_WITHOUT_PROGRAM) if level.reason == "default" else level
