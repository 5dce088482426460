"""Pictures of a network camera by RTSP (RFC 2326), over the one TCP connection to the host that was named.

The dialogue is held here and not by FFmpeg, which follows a camera that sends it to another host, password and all, and
makes room for a description of whatever length is announced. FFmpeg gets the packets of the video alone.
"""
