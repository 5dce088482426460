"""The anchors of trust: what decides whom the pole believes, and to whom it shows its passwords, is changed by hand
or by an order that is signed."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, structs

from agent.config.problems import label
from agent.config.schema import Config
from agent.configuration import merge
from agent.configuration.remote import Layer
from drivers.mqtt.options import BrokerOptions
from drivers.options import one_host

ANCHORS = (
    "host", "tls", "username", "password_file", "commands", "command_key", "client_id", "protocol", "topics",
    "topic",
)  # fmt: skip
"""Keys of a broker's table: whom the pole believes there, as whom it logs in, and where it hears orders. That a broker
is reached proves nothing of the last. Its port is none: behind another one answers the same host, by the same
certificate."""

LOGIN_ANCHORS = ("source", "username", "password_file", "ca_file")
"""Keys of any other table that names a password."""


def changed_from_afar(in_force: Config, wanted: Config, values: merge.Values, layer: Layer) -> list[str]:
    """Returns the keys, "[uplink] host", in which what is wanted trusts otherwise than what runs, and than a hand has
    written into the file of the pole.

    Args:
        values: of the file.
        layer: what would lie above it.
    """
    runs, whole, wants = dict(_anchors(in_force)), layer.over(values), dict(_anchors(wanted))
    changed = [path for path, value in wants.items() if runs.get(path) != value and (value is not None or path in runs)]
    gone = [path for path in runs.keys() - wants.keys() if path[-1] == "commands" and runs[path] not in {None, "none"}]
    return [label(path[:-1], path[-1:]) for path in (*changed, *sorted(gone)) if not _by_hand(path, whole, values)]


def _anchors(config: Config) -> Iterator[tuple[merge.Path, Any]]:
    for path, broker in _brokers(config):
        yield (*path, "host"), one_host(broker.host)
        said = {each.name: getattr(broker, each.name) for each in structs.fields(broker) if _says(broker, each)}
        yield from (((*path, key), said.get(key)) for key in ANCHORS if key != "host")
    yield from _logins(config)


def _says(options: Struct, field: structs.FieldInfo) -> bool:
    """Whether a key has another value than it has by itself."""
    return bool(getattr(options, field.name) != field.default)


def _brokers(config: Config) -> Iterator[tuple[merge.Path, BrokerOptions]]:
    for name, uplink in config.uplink.items():
        yield ("uplink", name) if name else ("uplink",), uplink
    for name, network in config.lorawan.items():
        yield ("lorawan", name), network


def _logins(config: Config) -> Iterator[tuple[merge.Path, Any]]:
    """Yields of every other table that names a password, as a camera's, what decides who is shown it."""
    for kind, name, options in config.members():
        if not isinstance(options, BrokerOptions) and getattr(options, "password_file", None) is not None:
            yield from (((kind, name, key), getattr(options, key, None)) for key in LOGIN_ANCHORS)


def _by_hand(path: merge.Path, whole: merge.Values, values: merge.Values) -> bool:
    """Whether the file says so itself; "commands" has a default that hangs on the order of tables."""
    said = merge.value_at(values, path)
    if merge.value_at(whole, path[:-1]) is None:
        return merge.value_at(values, path[:-1]) is None
    return merge.value_at(whole, path) == said and (said is not None or path[-1] != "commands")
