"""Webhooks on their way out: who hears what, signed how, tried how often."""
