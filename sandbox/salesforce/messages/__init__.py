"""Outbound messages: what an org tells by itself, and how stubbornly."""
