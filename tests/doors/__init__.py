"""The machines' door, through a real server."""
