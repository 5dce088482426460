"""What a camera looks at, by what it is reached by: one camera may be written in many ways."""

import os
from collections.abc import Iterable
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import unquote

from drivers.camera.options import Size
from drivers.camera.stream_url import PORTS, StreamUrl, is_stream, stream_url


class View(NamedTuple):
    """What a camera looks at: two of the configuration may look at the same.

    Args:
        source: where its pictures come from.
        picture: width and height, px, that its zones are drawn on.
    """

    source: str
    picture: Size

    @property
    def seen(self) -> str:
        """The same for two sources that are one: whatever the login, the encryption and the writing of the address, and
        by whichever link a device or a file is named."""
        url = _url(self.source)
        if url is None:
            return os.path.realpath(self.source)
        path, _mark, query = unquote(url.target).partition("?")
        return "/".join((*_where(url), path.strip("/"), *sorted(query.split("&"))))

    @property
    def host(self) -> str | None:
        """The same for all streams of one host, as a camera has several of one view; None: it is no stream."""
        url = _url(self.source)
        return None if url is None else _where(url)[0]


def by_host(views: Iterable[tuple[str, View]]) -> dict[str, View]:
    """The views of streams as if each host had one."""
    hosts = ((name, view, view.host) for name, view in views)
    return {name: view._replace(source=f"rtsp://{host}/") for name, view, host in hosts if host is not None}


def _url(source: str) -> StreamUrl | None:
    """Returns None for what is no stream, and for one whose port is none."""
    try:
        return stream_url(source) if is_stream(source) else None
    except ValueError:
        return None


def _where(url: StreamUrl) -> tuple[str, str]:
    """Returns the host, and the port where that is not the one of its scheme."""
    return _host(url.host), "" if url.port == PORTS[url.scheme] else str(url.port)


def _host(name: str) -> str:
    try:
        address = ip_address(name)
    except ValueError:
        return "localhost" if name == "localhost" else name.removesuffix(".")
    return "localhost" if address.is_loopback else address.compressed.replace(":", "-")
