"""The ground that every stand-in stands on: sockets, answers and their manners, and what a desk refuses."""
