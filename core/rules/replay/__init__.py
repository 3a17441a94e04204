"""Replay: what was told once is decided again, under any terms, without any effect."""
