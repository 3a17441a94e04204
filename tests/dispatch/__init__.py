"""What wakes the worker."""
