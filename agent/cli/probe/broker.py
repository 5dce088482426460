"""Logs in at the broker as the daemon would, and publishes: under another client id, and nothing that stays there."""

import asyncio
import os
from collections.abc import Callable
from functools import partial

from msgspec import structs

from agent.cli.beside import NotToBeAsked, daemon_of
from agent.cli.probe.answer import Answer
from agent.clock import SystemClock
from agent.configuration import Config
from agent.uplink.dialects import dialect_of
from agent.uplink.options import UplinkOptions, table_of
from drivers.mqtt.credentials import CredentialReader, Credentials
from drivers.mqtt.diagnosis import diagnose
from drivers.mqtt.errors import CredentialsError, MqttError, PublishRefused
from drivers.mqtt.link import Link
from drivers.mqtt.message import Message
from drivers.mqtt.protocol import may_be_older
from drivers.translation import _

ANSWER_S = 10.0


async def _online(config: Config) -> frozenset[str]:
    """The uplinks that are connected just now: to say once more what is true changes nothing for whoever hears it."""
    try:
        daemon = await daemon_of(config)
    except NotToBeAsked:
        return frozenset()
    return frozenset() if daemon is None else daemon.online


async def log_in(config: Config) -> list[Answer]:
    """One answer for each uplink: whether its broker lets this pole in and takes what it says."""
    online = await _online(config)
    return list(await asyncio.gather(*(_log_in(config, name, name in online) for name in config.uplink)))


async def _log_in(config: Config, name: str, is_online: bool) -> Answer:
    uplink, pole = config.uplink[name], config.pole
    speaks = dialect_of(uplink.topics, pole.site, pole.id)
    said = structs.replace(speaks.status(is_online), retain=False)
    clock, title = SystemClock(pole.clock), " ".join(filter(None, ("broker", name)))
    where = "{}:{}".format(*uplink.address)
    try:
        who = await CredentialReader(uplink, table_of(name), lambda: clock.now().earliest_s).read()
        identifier = f"{uplink.client_id or speaks.client_id}.probe.{os.getpid()}"
        await _say(uplink, partial(_link, who, identifier, said), said)
    except PublishRefused as error:
        words = _("{where} lets this pole in; {reason}: check its access list")
        return Answer(title, False, words.format(where=where, reason=error))
    except (MqttError, OSError, CredentialsError) as error:
        return Answer(title, False, f"{where}: {diagnose(error).words}")
    words = _("{where} lets this pole in, and took {topic}")
    return Answer(title, True, words.format(where=where, topic=said.topic))


async def _say(uplink: UplinkOptions, link_by: Callable[[UplinkOptions], Link], said: Message) -> None:
    """Connects and publishes, in the first version of MQTT that the broker knows. Raises MqttError, OSError."""
    *others, last = (structs.replace(uplink, protocol=version) for version in uplink.versions)
    for options in others:
        try:
            async with link_by(options) as link:
                return await link.deliver(said)
        except MqttError as error:
            if not may_be_older(error):
                raise
    async with link_by(last) as link:
        await link.deliver(said)


def _link(who: Credentials, identifier: str, will: Message, uplink: UplinkOptions) -> Link:
    return Link(
        uplink,
        who,
        identifier=identifier,
        will=will,
        answer_s=ANSWER_S,
        session_s=0,
        max_packet_bytes=65_536,
        on_overflow=lambda _topic: None,
    )
