"""The identities of the broker and of the pole, as the files give them, and whether the files were replaced."""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from drivers import password
from drivers.mqtt import named_files, tls
from drivers.mqtt.errors import CredentialsError
from drivers.mqtt.named_files import Expiry, Signature
from drivers.mqtt.options import BrokerOptions
from drivers.mqtt.plaintext import refuse_plaintext

if TYPE_CHECKING:
    import ssl

log = logging.getLogger(__name__)


class Credentials(Struct, frozen=True):
    """What was read from the files.

    Args:
        signature: of the files as they were before they were read.
        expiries: of the pole's certificate and its authority.
    """

    signature: Signature = ()
    tls: "ssl.SSLContext | None" = None
    password: str | None = None
    expiries: tuple[Expiry, ...] = ()


class CredentialReader:
    """Reads the files of one broker.

    Args:
        table: name of the broker's table in the configuration, for what is said of its files.
        earliest_s: where the clock is not set: unix seconds before which it cannot be; None: it is set.
    """

    def __init__(self, options: BrokerOptions, table: str, earliest_s: Callable[[], float | None]) -> None:
        self._options, self._table, self._earliest_s = options, table, earliest_s

    async def read(self) -> Credentials:
        """Raises CredentialsError, also where the broker would be spoken to in plain over a network."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> Credentials:
        options, table = self._options, self._table
        refuse_plaintext(options, table)
        signature = named_files.signature(options)
        return Credentials(
            signature,
            tls.shared_context(options.tls, table, self._earliest_s()) if options.tls else None,
            password.read(options.password_file, table) if options.password_file else None,
            tuple(tls.expiries(options.tls, table)) if options.tls else (),
        )

    async def replaced(self, used: Signature, look_s: float, refuse: Callable[[str], None]) -> None:
        """Return when the files are others than `used`, and good.

        Those that are no good are told to `refuse`: a certificate and its key are seldom written at the same moment.
        """
        seen = used
        if not used:
            await asyncio.Event().wait()
        while True:
            await asyncio.sleep(look_s)
            found = await asyncio.to_thread(named_files.signature, self._options)
            if found == seen:
                continue
            seen = found
            try:
                await self.read()
            except CredentialsError as error:
                log.warning("%s: %s; the connection stays with what was read before", self._table, error)
                refuse(str(error))
            else:
                return
