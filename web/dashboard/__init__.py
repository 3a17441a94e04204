"""The operators' screens: deliveries, conversions, rewards, and the trace of one order."""

from web.dashboard.blueprint import create_dashboard as create_dashboard
