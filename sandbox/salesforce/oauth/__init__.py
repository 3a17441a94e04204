"""Who may call: signed assertions and client secrets become access tokens, and tokens end."""
