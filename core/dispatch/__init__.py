"""Who wakes the worker: the embedded scheduler or an existing queue engine."""
