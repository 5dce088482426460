"""Addresses of hosts, as people write them. The module `ipaddress` knows networks as well, and takes 0.3 MB for it."""

import socket
from contextlib import suppress

_FAMILIES = (socket.AF_INET, socket.AF_INET6)


def canonical(text: str) -> str | None:
    """Returns the one way of writing an address, with the interface that an IPv6 address may name ("fe80::1%eth0");
    None: it is none."""
    for family in _FAMILIES:
        number, percent, interface = text.partition("%") if family == socket.AF_INET6 else (text, "", "")
        if bool(interface) == bool(percent):
            with suppress(OSError, ValueError):
                return socket.inet_ntop(family, socket.inet_pton(family, number)) + percent + interface
    return None


def is_loopback(address: str) -> bool:
    """Whether packets to it stay on this box; a name is no address."""
    written = canonical(address) or ""
    return written == "::1" or (written.startswith("127.") and ":" not in written)
