"""The city's MQTT broker, in miniature: amqtt (MQTT 3.1.1), on loopback only."""

from amqtt.broker import Broker  # type: ignore[import-untyped]


def broker() -> Broker:
    """A broker on a free port, made inside a running loop. It lets anybody in: nobody outside this box can reach it."""
    return Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": "127.0.0.1:0"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )


def port(running: Broker) -> int:
    """The TCP port that the system chose. (amqtt does not tell; its listener does.)"""
    listener = running._servers["default"].instance
    return int(listener.sockets[0].getsockname()[1])
