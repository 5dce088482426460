"""The lines and networks of a pole, on which its devices are: a unit each, from [line.NAME] and [lorawan.NAME]."""

from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

from msgspec import structs

from agent.config.schema import Config
from agent.isolation import START
from agent.trades.build import BuildContext
from agent.trades.units import Share, Unit
from drivers import profile
from drivers.line import Line, LineOptions, TcpLine
from drivers.lorawan import NetworkOptions
from drivers.mapped import LineDevice
from drivers.modbus import Master


def lines(context: BuildContext, given: Collection[str]) -> Iterator[Unit]:
    """Yields a unit for each line of the configuration.

    Args:
        given: names of lines that are there already, and are not built.
    """
    for name in context.config.line:
        if name not in given:
            options = context.isolation.part(f"line/{name}").ask(partial(line_options, context.config, name), START)
            if options is not None:
                yield Unit(f"line/{name}", options, partial(_build_line, context, name, options))


async def _build_line(context: BuildContext, name: str, options: LineOptions, share: Share) -> None:
    line = Line(name, options)
    context.masters[name] = Master(line)
    share.undo.append(partial(context.masters.pop, name))
    share.close.append(line.close)


def networks(context: BuildContext) -> Iterator[Unit]:
    """Yields a unit for each LoRaWAN network of the configuration."""
    for name, options in context.config.lorawan.items():
        yield Unit(f"network/{name}", options, partial(_build_network, context, name, options))


async def _build_network(context: BuildContext, name: str, options: NetworkOptions, share: Share) -> None:
    """Adds the driver of [lorawan.NAME]; its broker knows the pole again."""
    from drivers.lorawan.network import Network

    pole, clock = context.config.pole, context.clock
    context.networks[name] = network = Network(
        name,
        options,
        f"lamppost.{pole.site}.{pole.id}.lorawan.{name}",
        unix_s=lambda: clock.now().trusted_unix_s,
        earliest_s=lambda: clock.now().earliest_s,
        turn=context.built.orders,
    )
    share.undo.append(partial(context.networks.pop, name))
    share.drivers.append(network)


def line_options(config: Config, name: str) -> LineOptions:
    """A line with as many requests at one time as the profiles of its devices allow, where it does not say itself."""
    options = config.line[name]
    if not isinstance(options, TcpLine) or options.framing == "rtu" or options.in_flight is not None:
        return options
    own_dir = Path(config.pole.profiles_dir)
    devices = (each for _, _, each in config.members() if isinstance(each, LineDevice))
    profiles = [each.profile for each in devices if each.line == name]
    allowed = [profile.load(each, own_dir).tables.in_flight or 1 for each in profiles]
    return structs.replace(options, in_flight=min(allowed, default=1))
