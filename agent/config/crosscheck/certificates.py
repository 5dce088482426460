"""What is in the files of a broker's TLS: an authority, a certificate with its chain, the key that belongs to it."""

import errno
import ssl
import time
from collections.abc import Collection
from pathlib import Path

from agent.config.problems import Report
from agent.config.reader import Table
from drivers.files import read_regular
from drivers.mqtt import tls as tls_files
from drivers.mqtt.authority import judge
from drivers.mqtt.certificate import Validity, broken_chain, validities
from drivers.mqtt.errors import CredentialsError, NoCertificate
from drivers.mqtt.options import TlsOptions
from drivers.translation import _

SOON_S = 14 * 86_400.0
"""A certificate that ends within that time is to be renewed."""


def check(tls: Table, there: Collection[str], report: Report, now_s: float | None = None) -> None:
    """
    Args:
        there: the keys whose files can be read.
        now_s: unix seconds; None: by the clock of this box.
    """
    files = {key: str(tls.values[key]) for key in there}
    now_s = time.time() if now_s is None else now_s
    texts = {key: text for key in files if (text := _text(tls, key, Path(files[key]), report)) is not None}
    if "ca_file" in texts and (ends := _authority(tls, files["ca_file"], texts["ca_file"], report)):
        whole = Validity(max(each.not_after_s for each in ends), min(each.not_before_s for each in ends))
        _dates(tls, "ca_file", whole, now_s, report)
    if not {"certificate_file", "key_file"} <= texts.keys():
        return
    if _are_swapped(texts):
        what = _("{file} holds the key, and key_file the certificate").format(file=files["certificate_file"])
        report.warning(tls.path, "certificate_file", what, _("change the two paths round"))
    elif ends := _own(tls, files["certificate_file"], texts["certificate_file"], report):
        whole = Validity(min(each.not_after_s for each in ends), max(each.not_before_s for each in ends))
        _dates(tls, "certificate_file", whole, now_s, report)
        _key(tls, files, texts["key_file"], report)


def _text(tls: Table, key: str, file: Path, report: Report) -> str | None:
    try:
        content = read_regular(file, tls_files.LARGEST_PEM_BYTES)
    except OSError as error:
        if error.errno == errno.EFBIG:
            what = _("{file} has more than {most} bytes").format(file=file, most=tls_files.LARGEST_PEM_BYTES)
            report.warning(tls.path, key, what, _expected(key))
            return None
        what = _("{file} could not be read: {reason}").format(file=file, reason=error.strerror)
        report.warning(tls.path, key, what, _("check as root"))
        return None
    wrong = _no_pem(content, key, file)
    if wrong is not None:
        report.warning(tls.path, key, *wrong)
        return None
    return content.decode("ascii", errors="replace")


def _no_pem(content: bytes, key: str, file: Path) -> tuple[str, str] | None:
    """Why it is no text, and what to do."""
    if content[:2] == b"\x30\x82":
        kind = "pkey" if key == "key_file" else "x509"
        advice = _("turn it into PEM: {command}")
        return _("{file} is in DER form").format(file=file), advice.format(
            command=f"openssl {kind} -inform der -in {file}"
        )
    return None


def _expected(key: str) -> str:
    if key == "ca_file":
        return _("expected the certificate of the authority in PEM form (-----BEGIN CERTIFICATE-----)")
    if key == "key_file":
        return _("expected the private key in PEM form (-----BEGIN PRIVATE KEY-----)")
    return _("expected the certificate of this pole in PEM form (-----BEGIN CERTIFICATE-----)")


def _authority(tls: Table, file: str, pem: str, report: Report) -> list[Validity]:
    """Returns the validity of every certificate in it; none where one cannot be read."""
    try:
        missing, useless = judge(pem)
        ends = validities(pem)
    except NoCertificate as error:
        report.warning(tls.path, "ca_file", f"{file}: {error}", _expected("ca_file"))
        return []
    made_anew = _('make it anew as docs/operations.md says under "A private authority"')
    if useless:
        what = _(
            "{file} is no authority: {useless}; no broker is believed but one that shows this very certificate"
        ).format(file=file, useless=useless)
        report.warning(tls.path, "ca_file", what, made_anew)
    elif missing:
        what = _("{file} lacks {missing} (RFC 5280): this pole accepts it, stricter programs refuse it").format(
            file=file, missing=", ".join(missing)
        )
        report.note(tls.path, "ca_file", what, made_anew)
    return ends


def _are_swapped(texts: dict[str, str]) -> bool:
    return "CERTIFICATE-----" not in texts["certificate_file"] and "CERTIFICATE-----" in texts["key_file"]


def _own(tls: Table, file: str, pem: str, report: Report) -> list[Validity]:
    """Returns the validity of the certificate and of those that signed it, each by the next; none where one cannot
    be read."""
    try:
        ends = validities(pem)
        if not ends:
            raise NoCertificate(_("there is no certificate in it"))
        broken = broken_chain(pem)
    except NoCertificate as error:
        report.warning(tls.path, "certificate_file", f"{file}: {error}", _expected("certificate_file"))
        return []
    if broken:
        what = _("{file}: certificate {number} was not issued by the one below it").format(file=file, number=broken)
        expected = _("expected the certificate of this pole first, then the one that signed it, and so on")
        report.warning(tls.path, "certificate_file", what, expected)
    return ends


def _key(tls: Table, files: dict[str, str], pem: str, report: Report) -> None:
    """A key that is none, has a passphrase, or is another certificate's."""
    if "PRIVATE KEY-----" not in pem:
        what = _("{file}: there is no private key in it").format(file=files["key_file"])
        report.warning(tls.path, "key_file", what, _expected("key_file"))
        return
    options = TlsOptions(certificate_file=files["certificate_file"], key_file=files["key_file"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        tls_files.load_own_certificate(context, options, ".".join(map(str, tls.path[:-1])))
    except CredentialsError as error:
        report.warning(tls.path, "key_file", str(error), _("the broker would refuse this pole"))


def _dates(tls: Table, key: str, validity: Validity, now_s: float, report: Report) -> None:
    file, by_clock = tls.values[key], _("by the clock of this box it is {today}").format(today=tls_files.date_of(now_s))
    if validity.not_after_s < now_s:
        what = _("{file} ended on {date}").format(file=file, date=tls_files.date_of(validity.not_after_s))
        report.warning(tls.path, key, what, by_clock)
    elif validity.not_before_s > now_s:
        what = _("{file} is not valid before {date}").format(file=file, date=tls_files.date_of(validity.not_before_s))
        report.warning(tls.path, key, what, by_clock)
    elif validity.not_after_s - now_s < SOON_S:
        what = _("{file} ends on {date}").format(file=file, date=tls_files.date_of(validity.not_after_s))
        report.warning(tls.path, key, what, _("renew it in time"))
