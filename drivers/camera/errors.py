"""Why the camera cannot work. Every message speaks to a technician: what, where, what to do."""

from drivers.printable import printable


class CameraError(Exception):
    """Something of the camera that cannot be used.

    Args:
        what: what is wrong and where.
        hint: what the technician can do about it.
    """

    def __init__(self, what: str, hint: str = "") -> None:
        self.what = printable(what)
        self.hint = printable(hint)
        super().__init__(self.what + (f" ({self.hint})" if hint else ""))


class ModelError(CameraError):
    """A manifest, a label file or weights that cannot be used."""


class SourceError(CameraError):
    """The source is not there, is no video, or gives no pictures any more."""


class ZoneError(CameraError):
    """A zone that does not fit the picture."""


class PictureChangedError(ZoneError):
    """The picture has another size than before: the zones do not fit it any more."""
