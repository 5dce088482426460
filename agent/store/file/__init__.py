"""The file itself: opened, judged by the mark beside it, saved from what damages it, and begun anew."""
