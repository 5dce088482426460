"""Messages of one network server become frames; what is none is counted, and told where nothing else comes."""

from drivers.drop_counter import DropCounter
from drivers.errors import LineError
from drivers.lorawan.servers import SERVERS, ServerName, likely
from drivers.lorawan.uplink import MAX_BYTES, NotAnUplink, PathsOf, UplinkFrame
from drivers.mqtt.message import Received
from drivers.translation import _

MOST_MISREAD = 5
"""Messages in a row that are none of the server, after which it is no chance: its format is another one."""


class Misread(LineError):
    """What comes from the broker is no frame of the network server that it should be of."""


class MessageReader:
    """
    Args:
        network: its name in the configuration.
        wanted: what sensors want of the server's own decoding.
    """

    def __init__(self, network: str, server: ServerName, drops: DropCounter, wanted: PathsOf) -> None:
        self._network, self._server, self._drops, self._wanted = network, SERVERS[server], drops, wanted
        self._reads = self._server.read
        self._misread, self._why = 0, ""

    def frame_of(self, message: Received) -> UplinkFrame | None:
        """Returns the frame in a message; None: it is no frame, which was counted unless it tells something else."""
        if message.retain:
            self._drops.add("retained", _("a retained message, which may be of any age, is left out"))
        elif message.left_out is not None:
            self._drops.add("too_large", _("{what} is left out").format(what=message.left_out))
        elif len(message.payload) > MAX_BYTES:
            self._drops.add("too_large", _("a message of more than {most} bytes is left out").format(most=MAX_BYTES))
        else:
            return self._read(message.payload)
        return None

    def _read(self, payload: bytes) -> UplinkFrame | None:
        try:
            heard = self._reads(payload, self._wanted)
        except NotAnUplink as error:
            self._misread += 1
            self._why = self._likely(payload)
            what = _("a message that is no uplink of {server} is left out: {reason}")
            what = what.format(server=self._server.title, reason=error)
            self._drops.add("not_an_uplink", f"{what}; {self._why}" if self._why else what)
            return None
        self._misread = 0
        return heard

    def _likely(self, payload: bytes) -> str:
        """Says whose it may be; "": nothing tells. It is looked at as long as that may be told."""
        if self._misread > MOST_MISREAD:
            return self._why
        name = likely(payload)
        if name is None:
            return ""
        return _('it looks like one of {title}: server = "{name}"').format(title=SERVERS[name].title, name=name)

    @property
    def trouble(self) -> Misread | None:
        """Why nothing that comes can be read; None: some can."""
        if self._misread < MOST_MISREAD:
            return None
        what = _("what comes is no uplink of {server}").format(server=self._server.title)
        hint = self._why or _("did the network server change its format? See server of [lorawan.{network}]")
        return Misread(self._network, what, hint.format(network=self._network))
