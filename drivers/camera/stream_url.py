"""The address of a camera of the network: what it is reached by, and the login that may stand in it (pure)."""

from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlsplit

PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
"""TCP ports, where the address names none."""

ENCRYPTED = frozenset({"rtsps", "https"})
_PLAIN = "/%?:@!$&'()*+,;=-._~"
"""Signs of a path and a query (RFC 3986) that stand for themselves, and what is encoded already."""

RTSP = frozenset({"rtsp", "rtsps"})


def is_stream(source: str) -> bool:
    """Whether it is a camera of the network."""
    return "://" in source and not source.startswith("/dev/")


class StreamUrl(NamedTuple):
    """An address.

    Args:
        bare: the address without its login.
        target: path and query, as a server is asked for them by HTTP.
        user, password: decoded; "": none stands in it.
    """

    scheme: str
    host: str
    port: int
    bare: str
    target: str
    user: str
    password: str

    @property
    def is_encrypted(self) -> bool:
        return self.scheme in ENCRYPTED

    @property
    def is_rtsp(self) -> bool:
        return self.scheme in RTSP


def stream_url(source: str) -> StreamUrl:
    """Raises ValueError: its port is none."""
    parts = urlsplit(source)
    who, _at, where = parts.netloc.rpartition("@")
    user, _colon, password = who.partition(":")
    return StreamUrl(
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=parts.port or PORTS[parts.scheme],
        bare=parts._replace(netloc=where, fragment="").geturl(),
        target=_target(parts),
        user=unquote(user),
        password=unquote(password),
    )


def _target(parts: SplitResult) -> str:
    """Percent-encoded where no server would read it otherwise."""
    return quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_PLAIN)
