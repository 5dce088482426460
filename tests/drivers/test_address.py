"""An address has one way of being written, the same as Python's own module has for it."""

import ipaddress

import pytest

from drivers.address import canonical, is_loopback

ADDRESSES = ["127.0.0.1", "10.2.3.4", "::1", "2001:DB8:0:0:0:0:0:1", "fe80::1%eth0", "::"]
NONE = ["", "localhost", "127.1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "010.1.1.1", "1.2.3.4%eth0", "fe80::1%", "\0", "ü"]


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_is_written_in_one_way(text: str) -> None:
    assert canonical(text) == str(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", NONE)
def test_what_is_none_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        ipaddress.ip_address(text)
    assert canonical(text) is None


@pytest.mark.parametrize("text", [*ADDRESSES, *NONE, "127.255.1.2", "128.0.0.1", "::ffff:10.0.0.1"])
def test_loopback_is_what_python_calls_so(text: str) -> None:
    try:
        expected = ipaddress.ip_address(text).is_loopback
    except ValueError:
        expected = False
    assert is_loopback(text) == expected
