"""The kerb camera: a process of its own that turns frames into stays. No frame ever leaves its memory."""
