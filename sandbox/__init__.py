"""Stand-ins for the outside world: real HTTP servers with their own truth and scripted faults."""
