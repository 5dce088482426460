"""How each device is, for what tells of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent import telemetry
from agent.isolation import Isolation
from agent.rule import RuleRunner
from agent.supervise import Supervisor
from agent.trades.build import Components, DeviceView


def device_views(
    components: Components, supervisors: Sequence[Supervisor], isolation: Isolation, now_s: float
) -> Mapping[str, DeviceView]:
    """Returns those that were built, by name.

    Args:
        now_s: monotonic seconds.
    """
    runners = {each.key: each for each in components.runners}
    return {one.name: _view(one, runners.get(telemetry.key(one.name)), isolation, now_s) for one in supervisors}


def _view(supervisor: Supervisor, runner: RuleRunner[Any] | None, isolation: Isolation, now_s: float) -> DeviceView:
    """What a rule that failed knows of the device is not believed."""
    told = runner.state if runner is not None and isolation.part(runner.key).trusted else None
    heard = isinstance(told, telemetry.DeviceState)
    condition = told.condition if isinstance(told, telemetry.DeviceState) else None
    return DeviceView(supervisor.reach(now_s), condition, heard, supervisor.fresh(now_s))
