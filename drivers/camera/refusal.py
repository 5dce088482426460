"""How a camera refuses what it is asked, by RTSP and by HTTP alike, in words for a technician."""

from collections.abc import Mapping

from drivers.camera.errors import SourceError
from drivers.options import without_passwords
from drivers.translation import _

OK, REDIRECTS, LOGIN, UNSUPPORTED = 200, range(300, 400), 401, 461


class LoginRefusedError(SourceError):
    """It takes neither user nor password. They are read anew before it is asked again."""


class TransportRefusedError(SourceError):
    """It does not send its pictures as it was asked to."""


def refused(status: int, reason: str, headers: Mapping[str, str]) -> SourceError:
    """The error for an answer that is none of what was asked for."""
    told = f"{status} {reason}"
    if status in REDIRECTS:
        where = without_passwords(headers.get("location", "?")[:200])
        what = _("it sends us to another address, {where}, which is not followed")
        return SourceError(what.format(where=repr(where)), _("write that one as source, if it is the camera's"))
    if status == LOGIN:
        return LoginRefusedError(
            _("it refuses user and password ({told})").format(told=told), _("check username and password_file")
        )
    return SourceError(_("it refuses ({told})").format(told=told))
