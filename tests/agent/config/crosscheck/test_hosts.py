"""`host` of any table: what an installer pastes there, and what should stand there instead."""

from collections.abc import Callable

import pytest

from agent.config.crosscheck.hosts import is_host

Spoil = Callable[[str, str], list[str]]


@pytest.mark.parametrize(
    ("host", "what", "keys"),
    [
        ("mqtts://mqtt.example:8883", "is a URL", 'host = "mqtt.example", port = 8883, and a table [uplink.tls]'),
        ("tcp://u:p@mqtt.example/x", "is a URL", 'host = "mqtt.example"'),
        ("mqtt.example:8883", "has a port in it", 'host = "mqtt.example", port = 8883'),
        ("[2001:db8::7]:8883", "has a port in it", 'host = "[2001:db8::7]", port = 8883'),
        ("mqtt.example ", "has a blank in it", 'host = "mqtt.example"'),
        ("mqtt .example", "has a blank in it", 'host = "mqtt.example"'),
        ("192,0,2,10", "is no address", 'host = "192.0.2.10"'),
        ("192.000.002.010", "is no address", 'host = "192.0.2.10"'),
        ("192.0.2.256", "is no address", "a name or an address alone"),
        ("a..b", "is neither", "a name or an address alone"),
        ("mqtt.example/x", "is neither", 'host = "mqtt.example"'),
    ],
)
def test_what_is_no_host_is_told_once_with_what_is_right(spoil: Spoil, host: str, what: str, keys: str) -> None:
    (said,) = spoil('host = "127.0.0.1"', f'host = "{host}"')
    assert said.startswith("7: [uplink] host: ") and what in said and f"expected {keys}" in said


def test_the_host_of_a_line_is_one_too(spoil: Spoil) -> None:
    (said,) = spoil(
        "[kerb]",
        '[line.net]\nkind = "tcp"\nhost = "192.0.2.1:502"\n'
        '[meter.m]\nline = "net"\nunit = 1\nprofile = "eastron-sdm230"\n[kerb]',
    )
    assert "36: [line.net] host:" in said and 'expected host = "192.0.2.1", port = 502' in said


@pytest.mark.parametrize(
    "host",
    [
        "mqtt.example",
        "mqtt.example.",
        "192.0.2.1",
        "::1",
        "[::1]",
        "fe80::1%eth0",
        "b_1-x",
        "xn--caf-dma.example",
        "café.example",
    ],
)
def test_names_and_addresses_are_hosts(host: str) -> None:
    assert is_host(host)
