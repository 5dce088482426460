"""A password that nobody else can read."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from drivers.errors import CredentialsError
from drivers.translation import _

_MAX_PASSWORD_BYTES = 4096


def read(path: str, table: str, environ: Mapping[str, str] = os.environ) -> str:
    """The password in a file that only its owner can read, or in a credential of systemd (LoadCredential=).

    Raises CredentialsError.

    Args:
        table: of the configuration, that names the file.
    """
    name = _("[{table}] password_file {path}").format(table=table, path=path)
    try:
        # Opened without blocking: opening a named pipe would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            _refuse_unsafe(path, name, os.fstat(descriptor).st_mode, environ)
            body = os.read(descriptor, _MAX_PASSWORD_BYTES + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise CredentialsError(f"{name}: {error.strerror}") from error
    return _text(name, body)


def _refuse_unsafe(path: str, name: str, mode: int, environ: Mapping[str, str]) -> None:
    if not stat.S_ISREG(mode):
        raise CredentialsError(_("{name} is not a file").format(name=name))
    # systemd guards its credentials by an access control list, which shows as bits of the group.
    if mode & 0o077 and not is_credential(path, environ):
        raise CredentialsError(_("{name} can be read by others: chmod 600 {path}").format(name=name, path=path))


def _text(name: str, body: bytes) -> str:
    """The one line of it, as editors save one: with a byte order mark, with blank lines below."""
    try:
        text = body.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise CredentialsError(_("{name} is not UTF-8").format(name=name)) from None
    if not text or len(body) > _MAX_PASSWORD_BYTES:
        raise CredentialsError(_("{name} holds no password, or far too much").format(name=name))
    if len(text.splitlines()) > 1:
        raise CredentialsError(_("{name} holds more than one line").format(name=name))
    return text


def is_credential(path: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether systemd shows this file to this service: nobody else can read it, whatever its mode looks like."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    return folder is not None and Path(path).resolve().is_relative_to(Path(folder).resolve())
