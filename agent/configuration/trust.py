"""The anchors of trust: what decides whom the pole believes, and to whom it shows its passwords, is changed by hand
or by an order that is signed."""

from collections.abc import Iterator
from typing import Any

from agent.config.problems import label
from agent.config.schema import Config
from agent.configuration import merge
from agent.configuration.remote import Layer
from drivers.mqtt.options import BrokerOptions
from drivers.options import one_host

ANCHORS = ("host", "tls", "username", "password_file", "commands", "command_key")
"""Keys of a broker's table. Its port is none: behind another one answers the same host, by the same certificate."""


def changed_from_afar(in_force: Config, wanted: Config, values: merge.Values, layer: Layer) -> list[str]:
    """Returns the keys, "[uplink] host", in which what is wanted trusts otherwise than what runs, and than a hand has
    written into the file of the pole.

    Args:
        values: of the file.
        layer: what would lie above it.
    """
    runs, whole = dict(_anchors(in_force)), layer.over(values)
    return [
        label(path[:-1], path[-1:])
        for path, value in _anchors(wanted)
        if runs.get(path) != value and (value is not None or path in runs) and not _by_hand(path, whole, values)
    ]


def _anchors(config: Config) -> Iterator[tuple[merge.Path, Any]]:
    for path, broker in _brokers(config):
        yield (*path, "host"), one_host(broker.host)
        yield from (((*path, key), getattr(broker, key, None)) for key in ANCHORS if key != "host")


def _brokers(config: Config) -> Iterator[tuple[merge.Path, BrokerOptions]]:
    for name, uplink in config.uplink.items():
        yield ("uplink", name) if name else ("uplink",), uplink
    for name, network in config.lorawan.items():
        yield ("lorawan", name), network


def _by_hand(path: merge.Path, whole: merge.Values, values: merge.Values) -> bool:
    """Whether the file says so itself; "commands" has a default that hangs on the order of tables."""
    said = merge.value_at(values, path)
    return merge.value_at(whole, path) == said and (said is not None or path[-1] != "commands")
