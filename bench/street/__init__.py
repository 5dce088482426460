"""The far end of the kerb camera measurements: an RTSP server on loopback, and the camera process beside it."""
