"""Pictures of a network camera as motion JPEG by HTTP (RFC 9112): each is a part of an answer that does not end."""
