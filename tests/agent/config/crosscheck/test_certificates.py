"""The files of a broker's TLS are looked into: real ones, made by openssl."""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from agent.config.crosscheck import certificates
from agent.config.problems import Report
from agent.config.reader import Table
from drivers.mqtt.options import TlsOptions

DAY_S = 86_400


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority (ca), a certificate that it signed (leaf), another key (other), and the same in other forms."""
    folder = tmp_path_factory.mktemp("shelf")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    use = ("-addext", "keyUsage=critical,keyCertSign", "-addext", "basicConstraints=critical,CA:TRUE")
    use += ("-addext", "subjectKeyIdentifier=hash")
    plain = ("req", "-config", "/dev/null")
    openssl(
        folder, *plain, "-x509", *curve, *use, "-days", "90", "-subj", "/CN=town", "-keyout", "ca.key", "-out", "ca.pem"
    )
    openssl(folder, *plain, *curve, "-subj", "/CN=p1", "-keyout", "leaf.key", "-out", "leaf.csr")
    signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
    openssl(folder, "x509", "-req", "-in", "leaf.csr", *signing, "-days", "60", "-out", "leaf.pem")
    openssl(folder, *plain, *curve, "-subj", "/CN=x", "-keyout", "other.key", "-out", "other.csr")
    openssl(folder, "x509", "-in", "leaf.pem", "-outform", "der", "-out", "leaf.der")
    openssl(folder, "ec", "-in", "leaf.key", "-aes128", "-passout", "pass:x", "-out", "locked.key")
    leaf, ca = (folder / "leaf.pem").read_text(), (folder / "ca.pem").read_text()
    (folder / "chain.pem").write_text(leaf + ca)
    (folder / "upside-down.pem").write_text(ca + leaf)
    (folder / "garbage.pem").write_text("hello")
    for key in folder.glob("*.key"):
        key.chmod(0o600)
    return folder


def told(shelf: Path, files: Mapping[str, str], later_s: float = 0) -> list[str]:
    values: dict[str, Any] = {key: str(shelf / name) for key, name in files.items()}
    table = Table(TlsOptions, ("uplink", "tls"), values)
    report = Report(Path("c.toml"), {})
    certificates.check(table, files, report, now_s=(shelf / "leaf.pem").stat().st_mtime + 5 + later_s)
    return [line.removeprefix("c.toml: [uplink.tls] ") for line in report.warnings]


def own(certificate: str, key: str) -> dict[str, str]:
    return {"ca_file": "ca.pem", "certificate_file": certificate, "key_file": key}


def test_files_that_fit_are_silent(shelf: Path) -> None:
    assert told(shelf, own("leaf.pem", "leaf.key")) == told(shelf, own("chain.pem", "leaf.key")) == []


@pytest.mark.parametrize(
    ("files", "key", "words"),
    [
        ({"ca_file": "garbage.pem"}, "ca_file", ["there is no certificate in it"]),
        ({"ca_file": "leaf.der"}, "ca_file", ["is in DER form", "openssl x509 -inform der"]),
        (own("leaf.pem", "other.key"), "key_file", ["the key is not that of the certificate"]),
        (own("leaf.key", "leaf.pem"), "certificate_file", ["holds the key, and key_file the certificate"]),
        (own("leaf.pem", "locked.key"), "key_file", ["passphrase"]),
        (own("leaf.pem", "garbage.pem"), "key_file", ["there is no private key in it", "PEM form"]),
        (own("garbage.pem", "leaf.key"), "certificate_file", ["there is no certificate in it"]),
        (own("upside-down.pem", "ca.key"), "certificate_file", ["certificate 1 was not issued by the one below it"]),
    ],
)
def test_what_does_not_fit_is_told_once_at_its_key(
    shelf: Path, files: dict[str, str], key: str, words: Iterable[str]
) -> None:
    (said,) = told(shelf, files)
    assert said.startswith(f"{key}: ")
    assert all(word in said for word in words)


def test_certificates_end_soon_have_ended_or_have_not_begun(shelf: Path) -> None:
    files = own("leaf.pem", "leaf.key")
    assert told(shelf, files, 40 * DAY_S) == []
    assert [line.split(":")[0] for line in told(shelf, files, 50 * DAY_S)] == ["certificate_file"]
    assert "ends on" in told(shelf, files, 50 * DAY_S)[0]
    assert "ended on" in told(shelf, files, 61 * DAY_S)[0]
    assert ["ended on" in line for line in told(shelf, files, 91 * DAY_S)] == [True, True]
    assert ["is not valid before" in line for line in told(shelf, files, -10 * DAY_S)] == [True, True]


def test_a_password_file_that_is_empty_is_a_warning(tmp_path: Path) -> None:
    from agent.config.crosscheck import broker_files
    from drivers.mqtt.options import BrokerOptions

    file = tmp_path / "password"
    file.touch(mode=0o600)
    report = Report(Path("c.toml"), {})
    table = Table(BrokerOptions, ("uplink",), {"username": "u", "password_file": str(file), "tls": None})
    broker_files.check(table, report)
    assert "holds no password" in report.warnings[0]
