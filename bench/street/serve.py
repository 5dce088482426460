"""An RTSP server on loopback that plays one H.264 file in MP4 to each client: `serve.py FILE PORT`.

Run by the system's Python, which has Debian's python3-gi and gir1.2-gst-rtsp-server-1.0. Says "ready" when it listens.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

PIPELINE = '( filesrc location="{}" ! qtdemux ! rtph264pay name=pay0 pt=96 )'
"""Parameter sets go where the clip has them, so that one whose picture changes its size does so for the client too."""


def main() -> None:
    clip, port = sys.argv[1:]
    Gst.init(None)
    server = GstRtspServer.RTSPServer(service=port, address="127.0.0.1")
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(PIPELINE.format(clip))
    server.get_mount_points().add_factory("/main", factory)
    if not server.attach(None):
        raise SystemExit(f"port {port} cannot be used")
    print("ready", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
