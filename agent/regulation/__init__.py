"""What standing somewhere may be by law and by local order, for bays and for zones."""
