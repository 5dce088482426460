"""One TLS context for connections that name the same files."""

import gc
import ssl
from pathlib import Path

import pytest

from drivers.mqtt.options import TlsOptions
from drivers.mqtt.tls import shared_context
from drivers.mqtt.tls_socket import OneConnection


def test_the_same_files_make_the_same_context_and_others_another(tmp_path: Path) -> None:
    authority = ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
    file = tmp_path / "ca.pem"
    file.write_bytes(Path(authority).read_bytes())
    options = TlsOptions(ca_file=str(file))
    first = shared_context(options, "uplink")
    assert shared_context(TlsOptions(ca_file=str(file)), "uplink.lighting") is first
    assert shared_context(TlsOptions(), "uplink") is not first
    assert shared_context(options, "uplink", 1.8e9) is not first, "the clock is not set: it judges by another time"
    file.write_bytes(file.read_bytes() + b"\n")
    assert shared_context(options, "uplink") is not first, "a file that was replaced is used at once"


def test_the_refusal_of_one_connection_is_not_that_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    class Socket:
        refusal: ssl.SSLError | None = None

    class Context:
        check_hostname = True

        def wrap_socket(self, sock: object, **more: object) -> Socket:
            assert more == {"server_hostname": "broker"}
            return Socket()

    shared = Context()
    one, other = OneConnection(shared), OneConnection(shared)  # type: ignore[arg-type]
    assert one.refusal is None and one.check_hostname
    wrapped = one.wrap_socket("a", server_hostname="broker")  # type: ignore[arg-type]
    other.wrap_socket("b", server_hostname="broker")  # type: ignore[arg-type]
    wrapped.refusal = error = ssl.SSLError("certificate required")  # type: ignore[attr-defined]
    assert (one.refusal, other.refusal) == (error, None)


def test_what_nobody_uses_is_kept_by_nobody() -> None:
    before = id(shared_context(TlsOptions(), "uplink"))
    gc.collect()
    held = [each for each in gc.get_objects() if isinstance(each, ssl.SSLContext) and id(each) == before]
    assert held == []
