"""Processes killed and raced, and the books afterwards."""
