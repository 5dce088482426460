"""What a private authority lacks, of real certificates made by openssl."""

import re
import ssl
import subprocess
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.mqtt import tls
from drivers.mqtt.authority import MANY, judge
from drivers.mqtt.certificate import claims
from drivers.mqtt.errors import NoCertificate
from drivers.mqtt.options import TlsOptions

CRITICAL, SIGN, OWN = "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign", "subjectKeyIdentifier=hash"
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
PAGE = Path(__file__).resolve().parents[3] / "docs" / "operations.md"


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def authority(folder: Path, *extensions: str, subject: str = "/CN=town") -> str:
    """The PEM of one that has these extensions and no others."""
    added = [word for extension in extensions for word in ("-addext", extension)]
    openssl(
        folder, "req", "-x509", "-config", "/dev/null", *CURVE, "-days", "2", "-subj", subject, *added,
        "-keyout", "ca.key", "-out", "ca.pem",
    )  # fmt: skip
    return (folder / "ca.pem").read_text()


def signed(folder: Path, *extensions: str) -> str:
    """The PEM of one that the authority in `folder` has signed."""
    openssl(folder, "req", "-config", "/dev/null", *CURVE, "-subj", "/CN=quarter", "-keyout", "q.key", "-out", "q.csr")
    (folder / "q.ext").write_text("\n".join(extensions))
    openssl(
        folder, "x509", "-req", "-in", "q.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
        "-extfile", "q.ext", "-out", "q.pem",
    )  # fmt: skip
    return (folder / "q.pem").read_text()


@pytest.mark.parametrize(
    ("extensions", "missing"),
    [
        ((CRITICAL, SIGN, OWN), ()),
        ((CRITICAL, OWN), ("keyUsage keyCertSign",)),
        ((CRITICAL, "keyUsage=critical,digitalSignature", OWN), ("keyUsage keyCertSign",)),
        ((CRITICAL, "keyUsage=digitalSignature,cRLSign,keyCertSign", OWN), ()),
        (("basicConstraints=CA:TRUE", SIGN, OWN), ("basicConstraints marked critical",)),
        (("basicConstraints=critical,CA:TRUE,pathlen:0", SIGN, OWN), ()),
        (("basicConstraints=critical,CA:FALSE", SIGN, OWN), ("basicConstraints CA:TRUE",)),
        ((SIGN, OWN), ("basicConstraints CA:TRUE",)),
        ((CRITICAL, SIGN, "subjectKeyIdentifier=none"), ("subjectKeyIdentifier",)),
    ],
)
def test_what_is_missing_is_named_as_the_rfc_has_it(
    tmp_path: Path, extensions: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    assert judge(authority(tmp_path, *extensions)).lacks == missing


def test_one_without_a_name_and_one_without_any_extension(tmp_path: Path) -> None:
    assert judge(authority(tmp_path, CRITICAL, SIGN, OWN, subject="/")).lacks == ("a subject",)
    bare = judge(authority(tmp_path)).lacks
    assert {"basicConstraints CA:TRUE", "keyUsage keyCertSign"} <= set(bare)


def test_one_in_the_middle_of_a_chain_says_by_whom_it_was_signed(tmp_path: Path) -> None:
    authority(tmp_path, CRITICAL, SIGN, OWN)
    assert judge(signed(tmp_path, CRITICAL, SIGN, OWN, "authorityKeyIdentifier=none")).lacks == (
        "authorityKeyIdentifier",
    )
    assert judge(signed(tmp_path, CRITICAL, SIGN, OWN, "authorityKeyIdentifier=keyid")).lacks == ()


def test_of_several_each_is_judged_and_those_of_a_system_are_not(tmp_path: Path) -> None:
    good, poor = authority(tmp_path, CRITICAL, SIGN, OWN), authority(tmp_path, CRITICAL, OWN)
    assert judge(good + poor).lacks == ("keyUsage keyCertSign",)
    assert judge(poor * MANY).lacks == ("keyUsage keyCertSign",)
    assert judge(poor * (MANY + 1)).lacks == ()


def test_a_file_without_a_certificate_is_no_authority() -> None:
    with pytest.raises(NoCertificate, match="no certificate"):
        judge("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")


@pytest.fixture(scope="module")
def der(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return ssl.PEM_cert_to_DER_cert(authority(tmp_path_factory.mktemp("ca"), CRITICAL, SIGN, OWN))


@given(data=st.data())
def test_bytes_that_are_no_certificate_are_nothing_else(der: bytes, data: st.DataObject) -> None:
    spoiled = bytearray(der)
    for _ in range(data.draw(st.integers(1, 8))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    for foreign in (bytes(spoiled[: data.draw(st.integers(0, len(spoiled)))]), data.draw(st.binary(max_size=64))):
        try:
            claims(foreign)
        except NoCertificate:
            continue


@pytest.fixture(scope="module")
def as_written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the commands of the page were typed."""
    folder = tmp_path_factory.mktemp("as-written")
    section = PAGE.read_text().partition("## A private authority\n")[2].partition("\n## ")[0]
    for commands in re.findall(r"```sh\n(.*?)```", section, re.DOTALL):
        # Nobody is there to type a passphrase.
        typed = commands.replace("-x509 ", "-x509 -passout pass:secret ").replace("-req ", "-req -passin pass:secret ")
        subprocess.run(["sh", "-ec", typed], cwd=folder, check=True, capture_output=True)
    return folder


def test_an_authority_made_as_the_page_has_it_lacks_nothing(as_written: Path) -> None:
    assert judge((as_written / "ca.pem").read_text()).lacks == ()
    verified = ("openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "ca.pem", "broker.pem")
    subprocess.run(verified, cwd=as_written, check=True, capture_output=True)


def handshake(folder: Path, ca_file: str, chain: str, key: str) -> None:
    """The pole's context with a server that shows `chain`, in memory. Raises ssl.SSLError."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / chain, folder / key)
    context = tls.tls_context(TlsOptions(ca_file=str(folder / ca_file)), "uplink")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    context.sslsocket_class = ssl.SSLSocket
    ends = [
        context.wrap_bio(to_client, to_server, server_hostname="127.0.0.1"),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(6):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue


BROKER = ("subjectAltName=IP:127.0.0.1", "basicConstraints=critical,CA:FALSE")


def test_an_authority_that_lacks_key_usage_is_accepted_by_each_python(tmp_path: Path) -> None:
    authority(tmp_path, CRITICAL, OWN)
    signed(tmp_path, *BROKER)
    handshake(tmp_path, "ca.pem", "q.pem", "q.key")


def test_an_authority_in_the_middle_of_a_chain_is_accepted_alone_by_each_python(tmp_path: Path) -> None:
    authority(tmp_path, CRITICAL, SIGN, OWN)
    signed(tmp_path, CRITICAL, SIGN, OWN)
    for kind in ("pem", "key"):
        (tmp_path / f"q.{kind}").rename(tmp_path / f"ca.{kind}")
    signed(tmp_path, *BROKER)
    handshake(tmp_path, "ca.pem", "q.pem", "q.key")


def test_a_broker_of_another_authority_is_refused_all_the_same(tmp_path: Path) -> None:
    authority(tmp_path, CRITICAL, SIGN, OWN)
    signed(tmp_path, *BROKER)
    authority(tmp_path, CRITICAL, SIGN, OWN)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tmp_path, "ca.pem", "q.pem", "q.key")


NO_SIGN, NOT_ONE = "keyUsage=critical,digitalSignature", "basicConstraints=critical,CA:FALSE"


@pytest.mark.parametrize(
    ("extensions", "why"),
    [
        ((CRITICAL, SIGN, OWN), ""),
        ((CRITICAL, OWN), ""),
        (("basicConstraints=CA:TRUE", OWN), ""),
        ((SIGN, OWN), ""),
        ((CRITICAL, NO_SIGN, OWN), "its keyUsage has no keyCertSign"),
        ((NOT_ONE, OWN), "it does not say basicConstraints CA:TRUE"),
        ((OWN,), "it does not say basicConstraints CA:TRUE"),
    ],
)
def test_what_is_said_of_an_authority_is_what_comes_of_it(
    tmp_path: Path, extensions: tuple[str, ...], why: str
) -> None:
    assert judge(authority(tmp_path, *extensions)).signs_nothing == why
    signed(tmp_path, *BROKER)
    with pytest.raises(ssl.SSLCertVerificationError) if why else nullcontext():
        handshake(tmp_path, "ca.pem", "q.pem", "q.key")


def test_one_that_signs_is_enough_among_several(tmp_path: Path) -> None:
    useless, good = authority(tmp_path, NOT_ONE, OWN), authority(tmp_path, CRITICAL, SIGN, OWN)
    assert judge(useless + useless).signs_nothing and not judge(useless + good).signs_nothing


def test_a_broker_that_shows_the_very_certificate_of_ca_file_is_believed(tmp_path: Path) -> None:
    authority(tmp_path, "subjectAltName=IP:127.0.0.1", NOT_ONE)
    handshake(tmp_path, "ca.pem", "ca.pem", "ca.key")
