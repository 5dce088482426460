"""Which brokers may be spoken to without TLS."""

from drivers import address
from drivers.mqtt.errors import CredentialsError
from drivers.mqtt.options import BrokerOptions
from drivers.translation import _


def refuse_plaintext(options: BrokerOptions, table: str) -> None:
    """Raises CredentialsError for a broker that would be spoken to in plain over a network."""
    if options.tls is None and not is_loopback(options.host):
        what = _("{host} is not this box and there is no [{table}.tls]").format(host=options.host, table=table)
        raise CredentialsError(_("[{table}] {what}: plaintext is refused").format(table=table, what=what))


def is_loopback(host: str) -> bool:
    """Whether packets to `host` stay on this box. A name other than "localhost" may mean any host."""
    return host.lower() == "localhost" or address.is_loopback(host.strip("[]"))
