"""A network camera on loopback that sends motion JPEG by HTTP as it is told to."""

import base64
import re
import socket
import ssl

import cv2
import numpy as np
from loopback_camera import LoopbackCamera
from numpy.typing import NDArray

FPS = 25
HEAD = "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary={boundary}\r\n\r\n"


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".jpg", picture)[1].tobytes()


def part(content: bytes, *, with_length: bool = True, boundary: str = "--cam") -> bytes:
    length = f"Content-Length: {len(content)}\r\n" if with_length else ""
    return f"{boundary}\r\nContent-Type: image/jpeg\r\n{length}\r\n".encode() + content + b"\r\n"


class HttpCamera(LoopbackCamera):
    """25 parts a second until told to hang up.

    Args:
        parts: what is sent, over and over again.
        head: of its answer.
        login: user and password that are asked for by Basic.
        challenge: the header by which it asks, in place of Basic.
        context: as of a LoopbackCamera.
    """

    def __init__(
        self,
        *parts: bytes,
        head: str = HEAD.format(boundary="cam"),
        login: tuple[str, str] | None = None,
        challenge: str = 'Basic realm="cam"',
        context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(context)
        self.parts, self.head, self.login, self._challenge = parts, head, login, challenge
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.port}/video.mjpg?size=1"

    def serve(self) -> None:
        super().serve()
        for thread in self.threads:
            thread.join()

    def talk(self, connection: socket.socket) -> None:
        self.asked.append(connection.recv(4096).decode(errors="replace"))
        if self.login and not self._knows(self.asked[-1]):
            connection.sendall(f"HTTP/1.1 401 No\r\nWWW-Authenticate: {self._challenge}\r\n\r\n".encode())
            return
        connection.sendall(self.head.encode())
        while self.parts and not self.hang_up.is_set():
            for each in self.parts:
                connection.sendall(each)
                self.hang_up.wait(1 / FPS)

    def _knows(self, head: str) -> bool:
        assert self.login
        found = re.search(r"Authorization: Basic (\S+)", head)
        return found is not None and base64.b64decode(found[1]).decode() == ":".join(self.login)
