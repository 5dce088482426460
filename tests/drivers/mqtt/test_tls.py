"""TLS: there is no plaintext over a network, and no certificate unverified."""

import ssl
import subprocess
from pathlib import Path

import pytest

from drivers.mqtt import tls
from drivers.mqtt.diagnosis import diagnose
from drivers.mqtt.errors import CredentialsError
from drivers.mqtt.options import TlsOptions


def test_context_verifies_and_refuses_old_tls() -> None:
    context = tls.tls_context(TlsOptions(), "uplink")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_RENEGOTIATION


def test_files_that_are_missing_or_wrong_are_named(tmp_path: Path) -> None:
    missing, wrong = str(tmp_path / "none.pem"), tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    for options, words in [
        (TlsOptions(ca_file=missing), f"ca_file {missing}: No such file"),
        (TlsOptions(ca_file=str(wrong)), f"ca_file {wrong}: no certificate in PEM form is in it"),
        (TlsOptions(certificate_file=missing, key_file=missing), f"certificate_file {missing} with"),
        (TlsOptions(certificate_file=str(wrong)), f"certificate_file {wrong}: no certificate, or no key, in PEM form"),
        (TlsOptions(key_file=missing), "without certificate_file"),
    ]:
        with pytest.raises(CredentialsError) as raised:
            tls.tls_context(options, "lorawan.town")
        assert words in str(raised.value) and "[lorawan.town.tls] " in str(raised.value)


def test_key_with_a_passphrase_is_refused_without_asking(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-passout", "pass:secret", "-subj", "/CN=p"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    with pytest.raises(CredentialsError, match="passphrase"):
        tls.tls_context(TlsOptions(certificate_file=str(certificate), key_file=str(key)), "uplink")


@pytest.mark.parametrize("der", [b"", b"\x30\x03\x02\x01\x05"])
def test_a_certificate_of_the_broker_that_cannot_be_read_is_an_error_of_tls(der: bytes) -> None:
    """It ends the connection, where only the time of a certificate that has ended would."""
    with pytest.raises(ssl.SSLError, match="when a certificate of the broker ends cannot be read") as raised:
        tls._ends_s(ssl.DER_cert_to_PEM_cert(der))
    assert diagnose(raised.value).name == "tls"
