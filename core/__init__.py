"""The long table of the hub: what arrives, what it means, what is owed, and the verbs that move it."""
