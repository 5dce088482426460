"""Ports for servers that are started in a moment."""

import random
import socket

# Below those that the kernel gives to outgoing connections (net.ipv4.ip_local_port_range): one of these could take the
# port between the look and the server's start.
_FIRST, _LAST = 10_000, 32_000
# Not the generator that others seed: two processes of tests would draw the same.
_DRAW = random.SystemRandom()


def free_port() -> int:
    """One on which nothing listens, of 127.0.0.1."""
    while True:
        port = _DRAW.randint(_FIRST, _LAST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
