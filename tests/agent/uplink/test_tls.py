"""No plaintext over a network, no certificate unverified."""

import ssl
import subprocess
from pathlib import Path

import pytest

from agent.uplink import diagnosis
from agent.uplink import tls as uplink_tls
from agent.uplink.options import TlsOptions, UplinkOptions
from agent.uplink.tls import UplinkError


@pytest.mark.parametrize(
    "host", ["broker.example", "192.168.1.5", "localhost.example", "::2", "0.0.0.0", "127.0.0.1.nip.io"]
)
def test_plaintext_over_a_network_is_refused(host: str) -> None:
    with pytest.raises(UplinkError, match="plaintext is refused"):
        uplink_tls.refuse_plaintext(UplinkOptions(host=host))
    uplink_tls.refuse_plaintext(UplinkOptions(host=host, tls=TlsOptions()))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_plaintext_on_this_box_is_accepted(host: str) -> None:
    uplink_tls.refuse_plaintext(UplinkOptions(host=host))


def test_context_verifies_and_refuses_old_tls() -> None:
    context = uplink_tls.tls_context(TlsOptions())
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_files_that_are_missing_or_wrong_are_named(tmp_path: Path) -> None:
    missing, wrong = str(tmp_path / "none.pem"), tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    for tls, words in [
        (TlsOptions(ca_file=missing), f"ca_file {missing}: No such file"),
        (TlsOptions(ca_file=str(wrong)), f"ca_file {wrong}: no certificate in PEM form is in it"),
        (TlsOptions(certificate_file=missing, key_file=missing), f"certificate_file {missing} with"),
        (TlsOptions(certificate_file=str(wrong)), f"certificate_file {wrong}: no certificate, or no key, in PEM form"),
        (TlsOptions(key_file=missing), "without certificate_file"),
    ]:
        with pytest.raises(UplinkError) as raised:
            uplink_tls.tls_context(tls)
        assert words in str(raised.value)


def test_key_with_a_passphrase_is_refused_without_asking(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-passout", "pass:secret", "-subj", "/CN=p"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    with pytest.raises(UplinkError, match="passphrase"):
        uplink_tls.tls_context(TlsOptions(certificate_file=str(certificate), key_file=str(key)))


@pytest.mark.parametrize("der", [b"", b"\x30\x03\x02\x01\x05"])
def test_a_certificate_of_the_broker_that_cannot_be_read_is_an_error_of_tls(der: bytes) -> None:
    """It ends the connection, where only the time of a certificate that has ended would."""
    with pytest.raises(ssl.SSLError, match="when a certificate of the broker ends cannot be read") as raised:
        uplink_tls._ends_s(ssl.DER_cert_to_PEM_cert(der))
    assert diagnosis.diagnose(raised.value).name == "tls"
