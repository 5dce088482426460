"""TLS that always verifies: the broker's certificate, and the pole's own."""

import ssl
import threading
from datetime import UTC, datetime
from pathlib import Path
from weakref import WeakValueDictionary

from drivers.files import read_regular, refuse_irregular
from drivers.mqtt.certificate import validities, validity
from drivers.mqtt.errors import CredentialsError, NoCertificate
from drivers.mqtt.named_files import Expiry, Owner, stamp
from drivers.mqtt.options import TlsOptions
from drivers.mqtt.tls_socket import TlsSocket
from drivers.translation import _

# X509_V_FLAG_NO_CHECK_TIME of OpenSSL 1.1 and later (x509_vfy.h), for which the ssl module has no name.
_NO_CHECK_TIME = 0x200000

LARGEST_PEM_BYTES = 1_000_000
"""The most bytes of a file of authorities; those of Debian's ca-certificates have a quarter of it."""

# Names by which OpenSSL says what is wrong with a file.
_SSL_REASONS = {
    "KEY_VALUES_MISMATCH": _("the key is not that of the certificate"),
    "NO_CERTIFICATE_OR_CRL_FOUND": _("no certificate in PEM form is in it"),
}


class ClockNotSet(ssl.SSLCertVerificationError):
    """A certificate does not hold by a clock that is known to be wrong: nobody can tell which of the two it is."""


def tls_context(options: TlsOptions, table: str, earliest_s: float | None = None) -> ssl.SSLContext:
    """Verifies certificate, name and time; TLS 1.2 or later. Reads files. Raises CredentialsError.

    Args:
        table: of the broker, whose files they are.
        earliest_s: where the clock is not set: unix seconds before which it cannot be. Certificates must then be valid
            at that time or later; None: they must be valid now.
    """
    try:
        if options.ca_file is not None:
            refuse_irregular(options.ca_file, LARGEST_PEM_BYTES)
        context = ssl.create_default_context(cafile=options.ca_file)
    except (OSError, ssl.SSLError) as error:
        what = _("[{table}.tls] ca_file {file}: {reason}")
        raise CredentialsError(what.format(table=table, file=options.ca_file, reason=_reason(error))) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Nobody negotiates twice in a connection that is read a little at a time.
    context.options |= ssl.OP_NO_RENEGOTIATION
    # The same for every Python: from 3.13 on the default refuses authorities that lack a key usage, and trusts one in
    # the middle of a chain alone. A box that was flashed anew must reach the broker that it reached before; `lamppost
    # check` tells what a town's authority lacks.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.sslsocket_class = TlsSocket
    if earliest_s is not None:
        context.verify_flags |= _NO_CHECK_TIME
        context.sslsocket_class = _valid_from(earliest_s)
    load_own_certificate(context, options, table)
    return context


_SHARED: WeakValueDictionary[tuple[object, ...], ssl.SSLContext] = WeakValueDictionary()
"""Contexts in use, by what they are made of: one with the authorities of the system takes 0.8 MB."""

_MAKING = threading.Lock()


def shared_context(options: TlsOptions, table: str, earliest_s: float | None = None) -> ssl.SSLContext:
    """The same as `tls_context`, and the same one for whoever names the same files, as they are now."""
    if earliest_s is not None:
        return tls_context(options, table, earliest_s)
    with _MAKING:
        found = _SHARED.get(key := _made_of(options))
        if found is None:
            found = _SHARED[key] = tls_context(options, table)
        return found


def _made_of(options: TlsOptions) -> tuple[object, ...]:
    system = ssl.get_default_verify_paths()
    files = (
        options.ca_file or system.openssl_cafile,
        options.certificate_file,
        options.key_file,
        system.openssl_capath,
    )
    return options, *(stamp(file) for file in files if file is not None)


def load_own_certificate(context: ssl.SSLContext, options: TlsOptions, table: str) -> None:
    """The pole's certificate and its key, where there are any. Raises CredentialsError."""
    if options.certificate_file is None:
        if options.key_file is not None:
            raise CredentialsError(_("[{table}.tls] key_file stands without certificate_file").format(table=table))
        return

    def no_passphrase() -> str:
        """Raises CredentialsError; without this callback OpenSSL would ask on the terminal."""
        what = _("[{table}.tls] key_file is protected by a passphrase, which nobody is there to type")
        raise CredentialsError(what.format(table=table))

    files = _(" with ").join(filter(None, (options.certificate_file, options.key_file)))
    try:
        for file in filter(None, (options.certificate_file, options.key_file)):
            refuse_irregular(file, LARGEST_PEM_BYTES)
        if options.key_file is not None and Path(options.key_file).stat().st_mode & 0o007:
            what = _("[{table}.tls] key_file {file} may be used by others: chmod o= it")
            raise CredentialsError(what.format(table=table, file=options.key_file))
        context.load_cert_chain(options.certificate_file, options.key_file, password=no_passphrase)
    except (OSError, ssl.SSLError) as error:
        what = _("[{table}.tls] certificate_file {files}: {reason}")
        raise CredentialsError(what.format(table=table, files=files, reason=_reason(error))) from error


def _valid_from(earliest_s: float) -> type[ssl.SSLSocket]:
    """A socket whose peer's certificates, chain and all, must not have ended before `earliest_s`.

    That one has not begun yet is no reason to refuse it: it may have been made after the time this clock stands at.
    """

    class ValidFrom(TlsSocket):
        def verify_times(self) -> None:
            for certificate in self._sslobj.get_verified_chain():
                ends_s = _ends_s(certificate.public_bytes())
                if ends_s < earliest_s:
                    what = _(
                        "a certificate of the broker ended on {end}, and by the clock of this box, which is not set, "
                        "it is {day} at least: set the clock, or renew the certificate"
                    )
                    raise ClockNotSet(what.format(end=date_of(ends_s), day=date_of(earliest_s)))

    return ValidFrom


def _ends_s(pem: str) -> float:
    """Returns when a certificate of the broker ends, unix seconds. Raises ssl.SSLError where that cannot be read: it
    may have ended."""
    try:
        return validity(ssl.PEM_cert_to_DER_cert(pem)).not_after_s
    except ValueError as error:
        what = _("when a certificate of the broker ends cannot be read: {reason}").format(reason=error)
        raise ssl.SSLError(what) from error


def _pem(file: str) -> str:
    """Raises OSError."""
    return read_regular(file, LARGEST_PEM_BYTES).decode("ascii", errors="replace")


def expiries(options: TlsOptions, table: str) -> list[Expiry]:
    """Returns when the pole's certificate and its authority end. Reads files. Raises CredentialsError.

    Of a chain the first that ends counts; of several authorities, among them the successor of an old one, the last.
    """
    found = []
    files: dict[Owner, str | None] = {"pole": options.certificate_file, "authority": options.ca_file}
    for owner, file in files.items():
        if file is None:
            continue
        try:
            ends = [one.not_after_s for one in validities(_pem(file))]
        except (OSError, NoCertificate) as error:
            what = _("[{table}.tls] {file}: {reason}").format(table=table, file=file, reason=_reason(error))
            raise CredentialsError(what) from error
        if ends:
            found.append(Expiry(owner, file, min(ends) if owner == "pole" else max(ends)))
    return found


def expiry_of_peer(der: bytes) -> Expiry:
    """Returns when the certificate ends that the broker showed. Raises NoCertificate."""
    return Expiry("broker", None, validity(der).not_after_s)


def date_of(unix_s: float) -> str:
    """Returns the date in UTC."""
    return datetime.fromtimestamp(unix_s, UTC).date().isoformat()


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        other = _("no certificate, or no key, in PEM form is in it ({reason})").format(reason=error)
        return _SSL_REASONS.get(error.reason or "", other)
    return getattr(error, "strerror", None) or str(error)
