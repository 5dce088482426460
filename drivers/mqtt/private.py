"""Every name in this room that aiomqtt 2.5, paho 2.2 or the ssl module keep to themselves: why, and what is assumed.

No version promises them. The test of this table fails where a library drops one or no longer keeps to what is assumed,
where the room uses one that is missing here, and where a name of ours becomes one of theirs.
"""

AIOMQTT = {
    "_client": "paho's client, one for the whole life: it has the socket, `ack`, and publishes without aiomqtt's wait",
    "_loop": "the loop in which the client was made: paho calls back from the thread that connects",
    "_connected": "a future that CONNACK resolves, or fails with MqttConnectError: waited for without aiomqtt's thread",
    "_disconnected": "a future that the end of the connection resolves or fails, once it was up: who waits hears of it",
    "_pending_subscribes": "futures by packet identifier: failed at the end, where aiomqtt lets them wait for ever",
    "_pending_unsubscribes": "events by packet identifier: an UNSUBACK for none of them is no packet of a broker",
    "_misc_loop": "a coroutine that has paho send PINGREQ: begun here, with the watching of the socket",
    "_misc_task": "its task: aiomqtt cancels it when the socket is closed",
    "_hostname": "the host that was asked for: named where no name can be that",
    "_client_connect": "connects in the thread that calls it, until CONNECT is queued: called in a daemon thread",
    "_on_socket_open": "called with the new socket, in the thread that connects: aiomqtt watches it by number",
    "_on_socket_register_write": "called when paho has something to write: aiomqtt watches the socket by number",
    "_on_connect": "called with flags and properties of CONNACK: session present, receive maximum, packet size",
    "_on_disconnect": "called at the end of every connection: also before CONNACK, which aiomqtt ignores",
    "_on_subscribe": "called for SUBACK: aiomqtt logs one that nobody waits for as a defect of the program",
    "_on_unsubscribe": "called for UNSUBACK: aiomqtt logs one that nobody waits for as a defect of the program",
    "_on_message": "called for PUBLISH with paho's message: aiomqtt drops what is too much without a word",
}

PAHO = {
    "_sock_close": "closes the socket, once, and takes it from the loop: `disconnect` leaves it open",
    "_on_message_filtered": "callbacks of single topics: none here, and paho's search leaves garbage at each message",
    "_in_packet": "the packet that has come: its first byte under `command`, and all behind the length under `packet`",
    "_packet_handle": "deals with that packet; `loop_read`, which calls it, holds packets of any length",
    "_loop_rc_handle": "closes the socket and tells of the end, of a read as of a write: called through the instance",
    "_last_bytes_received": "monotonic seconds of the last sign of life: PINGREQ is sent and its answer missed by it",
    "_ping_t": "monotonic seconds of a PINGREQ that is not answered; 0: there is none, and PINGRESP answers nothing",
    "_mid_generate": "the next packet identifier, of what paho sends as of what is published here",
    "_packet_queue": "has bytes written as they are, behind all that was queued: several packets of PUBLISH at once",
    "_out_packet": "what waits to be written, in a list: its length bounds what is read and answered",
    "_send_pubrec": "queues PUBREC by itself: paho sends it before anybody has dealt with the message",
}

SSL = {
    "_sslobj": "OpenSSL's connection, which `wrap_bio` makes too; `get_verified_chain` is public from Python 3.13 on",
}
