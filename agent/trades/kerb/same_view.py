"""What a camera looks at, by what it is reached by: one camera may be written in many ways."""

import os
from urllib.parse import unquote

from agent.trades.kerb.overlap import View
from drivers.camera.options import Size
from drivers.camera.stream_url import PORTS, StreamUrl, is_stream, stream_url


def view(source: str, picture: Size) -> View:
    """Returns the same for two sources that are one: whatever the login, the encryption and the writing of the address,
    and by whichever link a device or a file is named."""
    url = _url(source)
    if url is None:
        return View(os.path.realpath(source), picture)
    path, _mark, query = unquote(url.target).partition("?")
    port = "" if url.port == PORTS[url.scheme] else str(url.port)
    return View("/".join((_host(url.host), port, path.strip("/"), *sorted(query.split("&")))), picture)


def view_of_host(source: str, picture: Size) -> View | None:
    """Returns the same for all streams of one host, as one camera has several of its view; None: it is no stream."""
    url = _url(source)
    return None if url is None else View(_host(url.host), picture)


def _url(source: str) -> StreamUrl | None:
    """Returns None for what is no stream, and for one whose port is none."""
    try:
        return stream_url(source) if is_stream(source) else None
    except ValueError:
        return None


def _host(name: str) -> str:
    from ipaddress import ip_address  # for a pole with a camera alone

    try:
        address = ip_address(name)
    except ValueError:
        return "localhost" if name == "localhost" else name.removesuffix(".")
    return "localhost" if address.is_loopback else address.compressed
