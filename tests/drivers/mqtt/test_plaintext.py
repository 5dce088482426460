"""A broker is spoken to in plain on this box alone, never over a network."""

import pytest

from drivers.mqtt.errors import CredentialsError
from drivers.mqtt.options import BrokerOptions, TlsOptions
from drivers.mqtt.plaintext import refuse_plaintext


@pytest.mark.parametrize(
    "host", ["broker.example", "192.168.1.5", "localhost.example", "::2", "0.0.0.0", "127.0.0.1.nip.io"]
)
def test_plaintext_over_a_network_is_refused(host: str) -> None:
    with pytest.raises(CredentialsError, match="plaintext is refused"):
        refuse_plaintext(BrokerOptions(host=host), "uplink")
    refuse_plaintext(BrokerOptions(host=host, tls=TlsOptions()), "uplink")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_plaintext_on_this_box_is_accepted(host: str) -> None:
    refuse_plaintext(BrokerOptions(host=host), "uplink")
