"""Logs in at the broker as the daemon would, and publishes: under another client id, and nothing that stays there."""

import os
from collections.abc import Callable
from functools import partial

from msgspec import structs

from agent.cli.beside import NotToBeAsked, daemon_of
from agent.cli.probe.answer import Answer
from agent.clock import SystemClock
from agent.configuration import Config
from agent.uplink.dialects import dialect_of
from agent.uplink.options import UplinkOptions
from drivers.mqtt.credentials import CredentialReader, Credentials
from drivers.mqtt.diagnosis import diagnose
from drivers.mqtt.errors import CredentialsError, MqttError, PublishRefused
from drivers.mqtt.link import Link
from drivers.mqtt.message import Message
from drivers.mqtt.protocol import may_be_older
from drivers.translation import _

ANSWER_S = 10.0
_TABLE = "uplink"


async def _is_online(config: Config) -> bool:
    """What is true of the pole just now: to say it once more changes nothing for whoever hears it."""
    try:
        daemon = await daemon_of(config)
    except NotToBeAsked:
        return False
    return daemon is not None and daemon.is_online


async def log_in(config: Config, answer_s: float = ANSWER_S) -> list[Answer]:
    """One answer: whether the broker lets this pole in and takes what it says.

    Args:
        answer_s: how long the broker may take for any answer.
    """
    uplink, pole = config.uplink, config.pole
    speaks = dialect_of(uplink.topics, pole.site, pole.id)
    said = structs.replace(speaks.status(await _is_online(config)), retain=False)
    clock = SystemClock(pole.clock)
    where = "{}:{}".format(*uplink.address)
    try:
        who = await CredentialReader(uplink, _TABLE, lambda: clock.now().earliest_s).read()
        await _say(uplink, partial(_link, who, f"{speaks.client_id}.probe.{os.getpid()}", said, answer_s), said)
    except PublishRefused as error:
        words = _("{where} lets this pole in; {reason}: check its access list")
        return [Answer("broker", False, words.format(where=where, reason=error))]
    except (MqttError, OSError, CredentialsError) as error:
        return [Answer("broker", False, f"{where}: {diagnose(error).words}")]
    words = _("{where} lets this pole in, and took {topic}")
    return [Answer("broker", True, words.format(where=where, topic=said.topic))]


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


def _link(who: Credentials, identifier: str, will: Message, answer_s: float, uplink: UplinkOptions) -> Link:
    return Link(
        uplink,
        who,
        identifier=identifier,
        will=will,
        answer_s=answer_s,
        session_s=0,
        max_packet_bytes=65_536,
        on_overflow=lambda: None,
    )
