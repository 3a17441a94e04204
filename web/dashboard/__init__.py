"""The operators' screens: deliveries, conversions, rewards, and the trace of one order."""
