"""The device of a lamp, by its kind: what describes it, what it needs, and what drives it."""

from pathlib import Path
from typing import TYPE_CHECKING

from agent.config.schema import Config
from agent.trades.build import BuildContext
from agent.trades.lighting.options import AnyLamp, GpioLampOptions, LampOptions, LorawanLampOptions
from agent.trades.lighting.plan.lamp_plan import LampColours, LampPlan, plan_of
from agent.trades.lighting.plan.sun import Place
from agent.trades.lighting.tables import lighting_of
from agent.trades.units import Share, profile_of
from drivers import profile
from drivers.lamp import Lamp
from drivers.profile import Profile
from drivers.translation import _

if TYPE_CHECKING:
    from drivers.gpio.lamp import GpioLamp
    from drivers.lorawan.lamp import LorawanLampDriver


def made_of(options: AnyLamp, profiles_dir: str) -> object:
    """What it is described by beside its table."""
    if isinstance(options, LorawanLampOptions):
        from drivers.lorawan import models

        return models.model(options.model, Path(profiles_dir))
    return profile_of(options.profile, profiles_dir) if isinstance(options, LampOptions) else None


def described(options: AnyLamp, config: Config) -> Profile | None:
    """The profile of its controller; None: its table says all of it. Raises ProfileError."""
    if not isinstance(options, LampOptions):
        return None
    return profile.load(options.profile, Path(config.pole.profiles_dir))


def only_switches(found: Profile | None) -> bool:
    """Whether a lamp that is so described burns at 100 % or not at all."""
    return found is None or (found.tables.lamp is not None and found.tables.lamp.only_switches)


def planned(name: str, options: AnyLamp, config: Config) -> LampPlan:
    """Everything that is configured about its level. Raises ProfileError."""
    pole, tables = config.pole, lighting_of(config)
    place, found = Place(pole.latitude, pole.longitude, pole.timezone), described(options, config)
    return plan_of(
        name,
        options,
        place,
        tables.program,
        tables.calendar,
        only_switches=only_switches(found),
        colours=colours(options, found),
    )


def colours(options: AnyLamp, found: Profile | None) -> LampColours | None:
    """The colour temperatures of a lamp; None: it has none, or none is asked of it."""
    table = found.tables.lamp.colour if found is not None and found.tables.lamp is not None else None
    default_k = options.default_colour_temperature_k
    return None if table is None or default_k is None else LampColours(default_k, *table.range)


def needs(options: AnyLamp) -> tuple[str, ...]:
    """Keys of the units with which it is built anew."""
    match options:
        case LampOptions():
            return (f"line/{options.line}",)
        case LorawanLampOptions():
            return (f"network/{options.network}",)
    return ()


def built(
    name: str, options: AnyLamp, found: Profile | None, context: BuildContext, share: Share
) -> "Lamp | GpioLamp | LorawanLampDriver":
    """What drives it; what ends that is noted in `share`. Raises ProfileError."""
    if isinstance(options, LampOptions) and found is not None:
        return Lamp(name, options, found, context.masters[options.line])
    if isinstance(options, LorawanLampOptions):
        over = _over_lorawan(name, options, context)
        share.undo.append(over.leave_network)
        return over
    assert isinstance(options, GpioLampOptions)
    from drivers.gpio.lamp import GpioLamp

    lamp = GpioLamp(name, options)
    share.close.append(lamp.close)
    return lamp


def _over_lorawan(name: str, options: LorawanLampOptions, context: BuildContext) -> "LorawanLampDriver":
    from drivers.lorawan import models
    from drivers.lorawan.lamp import LorawanLampDriver

    model = models.model(options.model, Path(context.config.pole.profiles_dir))
    return LorawanLampDriver(name, options, context.networks[options.network], model)


def when_silent(options: AnyLamp, found: Profile | None) -> str:
    """What it does by itself when the pole is silent."""
    if isinstance(options, LampOptions) and found is not None:
        words = found.when_silent(options.failsafe_level_percent)
        return words or _('not known: profile "{profile}" does not say').format(profile=found.name)
    if isinstance(options, LorawanLampOptions):
        return _("not known: as its controller is set")
    return _("the chip decides: most let the line go, and the resistor at the relay's input counts")
