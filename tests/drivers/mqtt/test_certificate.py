"""Dates of certificates, against openssl."""

import contextlib
import ssl
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.mqtt.certificate import validities, validity
from drivers.mqtt.errors import NoCertificate


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("certificates")
    texts = []
    # Beyond 2049 a certificate writes its years with four digits (RFC 5280, 4.1.2.5).
    for name, days in (("near", 30), ("far", 12_000)):
        file = folder / f"{name}.pem"
        command = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            str(days),
            "-subj",
            f"/CN={name}",
        ]
        subprocess.run([*command, "-keyout", "/dev/null", "-out", str(file)], check=True, capture_output=True)
        texts.append(file.read_text())
    return "words before\n" + "\n".join(texts)


def test_validity_is_what_openssl_wrote(pem: str) -> None:
    near, far = validities(pem)
    now = datetime.now(UTC)
    for found, days in ((near, 30), (far, 12_000)):
        begin, end = (datetime.fromtimestamp(at, UTC) for at in (found.not_before_s, found.not_after_s))
        assert abs(begin - now) < timedelta(minutes=10)
        assert end - begin == timedelta(days=days)


def test_openssl_reads_the_same_dates(pem: str) -> None:
    for block, found in zip(pem.split("-----END CERTIFICATE-----\n")[:2], validities(pem), strict=True):
        text = block[block.index("-----BEGIN") :] + "-----END CERTIFICATE-----\n"
        told = subprocess.run(
            ["openssl", "x509", "-noout", "-enddate"], input=text.encode(), check=True, capture_output=True
        ).stdout.decode()
        assert ssl.cert_time_to_seconds(told.strip().removeprefix("notAfter=")) == found.not_after_s


def test_a_file_without_a_certificate_has_none() -> None:
    assert validities("") == validities("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n") == []


@given(st.binary(max_size=200))
def test_garbage_is_no_certificate(der: bytes) -> None:
    with pytest.raises(NoCertificate):
        validity(der)


@given(st.data())
def test_a_damaged_certificate_raises_nothing_else(pem: str, data: st.DataObject) -> None:
    der = bytearray(ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN") : pem.index("-----END") + 26]))
    for _ in range(data.draw(st.integers(1, 5))):
        der[data.draw(st.integers(0, min(200, len(der) - 1)))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(NoCertificate):
        validity(bytes(der[: data.draw(st.integers(0, len(der)))]))
