"""Who the broker must be and who we are, as the files say it, and whether they were replaced."""

import asyncio
import logging
import ssl
from collections.abc import Callable

from msgspec import Struct

from agent.clock import Moment
from agent.uplink import password
from agent.uplink import tls as uplink_tls
from agent.uplink.options import UplinkOptions
from agent.uplink.tls import Expiry, Signature, UplinkError

log = logging.getLogger(__name__)


class Credentials(Struct, frozen=True):
    """What was read from the files.

    Args:
        signature: of the files as they were before they were read.
        expiries: of the pole's certificate and its authority.
    """

    signature: Signature
    tls: ssl.SSLContext | None
    password: str | None
    expiries: tuple[Expiry, ...]


def read(options: UplinkOptions, now: Moment) -> Credentials:
    """Raises UplinkError."""
    signature = uplink_tls.signature(options)
    return Credentials(
        signature,
        uplink_tls.tls_context(options.tls, uplink_tls.earliest_s(now)) if options.tls else None,
        password.read(options.password_file) if options.password_file else None,
        tuple(uplink_tls.expiries(options.tls)) if options.tls else (),
    )


async def replaced(
    options: UplinkOptions, used: Signature, now: Callable[[], Moment], look_s: float, refuse: Callable[[str], None]
) -> None:
    """Until the files are others than `used`, and good.

    Those that are no good are told to `refuse`: a certificate and its key are seldom written at the same moment.
    """
    seen = used
    if not used:
        await asyncio.Event().wait()
    while True:
        await asyncio.sleep(look_s)
        found = await asyncio.to_thread(uplink_tls.signature, options)
        if found == seen:
            continue
        seen = found
        try:
            await asyncio.to_thread(read, options, now())
        except UplinkError as error:
            log.warning("uplink: %s; the connection stays with what was read before", error)
            refuse(str(error))
        else:
            return
