"""Who the broker is and who we are: TLS that always verifies, and a password that nobody else can read."""

import ipaddress
import os
import ssl
import stat
from collections.abc import Mapping
from pathlib import Path

from agent.uplink.options import TlsOptions, UplinkOptions

_MAX_PASSWORD_BYTES = 4096


class _ClosedOnFailure(ssl.SSLSocket):
    """A connection whose handshake failed is closed at once; paho 2 leaves it to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


class UplinkError(Exception):
    """Why the uplink does not even try, in words for a technician."""


def refuse_plaintext(options: UplinkOptions) -> None:
    """Raises UplinkError for a broker that would be spoken to in plain over a network."""
    if options.tls is None and not is_this_box(options.host):
        raise UplinkError(f"[uplink] {options.host} is not this box and there is no [uplink.tls]: plaintext is refused")


def is_this_box(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def tls_context(options: TlsOptions) -> ssl.SSLContext:
    """Verifies certificate and name; TLS 1.2 or later. Reads files. Raises UplinkError."""
    try:
        context = ssl.create_default_context(cafile=options.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise UplinkError(f"[uplink.tls] ca_file {options.ca_file}: {_reason(error)}") from error
    context.sslsocket_class = _ClosedOnFailure
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if options.certificate_file is not None:
        try:
            context.load_cert_chain(options.certificate_file, options.key_file, password=_no_passphrase)
        except (OSError, ssl.SSLError) as error:
            files = " with ".join(filter(None, (options.certificate_file, options.key_file)))
            raise UplinkError(f"[uplink.tls] certificate_file {files}: {_reason(error)}") from error
    elif options.key_file is not None:
        raise UplinkError("[uplink.tls] key_file stands without certificate_file")
    return context


def password(path: str, environ: Mapping[str, str] = os.environ) -> str:
    """The password in a file that only its owner can read, or in a credential of systemd (LoadCredential=).

    Raises UplinkError.
    """
    try:
        # Without blocking: opening a named pipe would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            _refuse_unsafe(path, os.fstat(descriptor).st_mode, environ)
            body = os.read(descriptor, _MAX_PASSWORD_BYTES + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UplinkError(f"[uplink] password_file {path}: {_reason(error)}") from error
    return _text(path, body)


def _refuse_unsafe(path: str, mode: int, environ: Mapping[str, str]) -> None:
    if not stat.S_ISREG(mode):
        raise UplinkError(f"[uplink] password_file {path} is not a file")
    # systemd guards its credentials by an access control list, which shows as bits of the group.
    if mode & 0o077 and not _is_credential(path, environ):
        raise UplinkError(f"[uplink] password_file {path} can be read by others: chmod 600 {path}")


def _text(path: str, body: bytes) -> str:
    try:
        text = body.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise UplinkError(f"[uplink] password_file {path} is not UTF-8") from None
    if not text or len(body) > _MAX_PASSWORD_BYTES:
        raise UplinkError(f"[uplink] password_file {path} holds no password, or far too much")
    return text


def _is_credential(path: str, environ: Mapping[str, str]) -> bool:
    folder = environ.get("CREDENTIALS_DIRECTORY")
    return folder is not None and Path(path).resolve().is_relative_to(Path(folder).resolve())


def _no_passphrase() -> str:
    """Without it OpenSSL would ask on the terminal. Raises UplinkError."""
    raise UplinkError("[uplink.tls] key_file is protected by a passphrase, which nobody is there to type")


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
