"""A TCP connection to a camera, with TLS where its address says so: then its certificate and its name are verified."""

import socket
import ssl
from contextlib import ExitStack

from drivers.camera.access import Access
from drivers.camera.errors import SourceError
from drivers.camera.stream_url import StreamUrl
from drivers.translation import _


def connected(url: StreamUrl, access: Access, within_s: float) -> socket.socket:
    """Raises SourceError: nobody answers there, or whoever does is not proven to be the camera."""
    try:
        plain = socket.create_connection((url.host, url.port), timeout=within_s)
        return _encrypted(plain, url.host, access) if url.is_encrypted else plain
    except TimeoutError:
        raise SourceError(_("no answer in time")) from None
    except ssl.SSLCertVerificationError as error:
        raise _not_trusted(error, access) from None
    except ssl.SSLError as error:
        what = _("it does not speak TLS as it should: {reason}").format(reason=error.reason or error)
        raise SourceError(what, _("check scheme and port of its address")) from None
    except OSError as error:
        raise SourceError(error.strerror or str(error)) from None


def _encrypted(plain: socket.socket, host: str, access: Access) -> socket.socket:
    """Raises SourceError, OSError, ssl.SSLError."""
    with ExitStack() as opened:
        opened.callback(plain.close)
        connection = _context(access).wrap_socket(plain, server_hostname=host)
        opened.pop_all()
    return connection


def _context(access: Access) -> ssl.SSLContext:
    """TLS 1.2 or later. The certificate of the camera itself does where it is named as its authority."""
    try:
        context = ssl.create_default_context(cadata=access.authorities or None)
    except (ssl.SSLError, ValueError):
        raise SourceError(_("ca_file holds no certificate in PEM form")) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # The same for every Python: from 3.13 on the default refuses what a camera makes for itself.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _not_trusted(error: ssl.SSLCertVerificationError, access: Access) -> SourceError:
    what = _("its certificate is not trusted: {reason}").format(reason=error.verify_message)
    if access.authorities:
        return SourceError(
            what, _("check that ca_file holds its certificate or its authority, and that it names the host")
        )
    return SourceError(what, _("name its certificate or its authority: ca_file"))
