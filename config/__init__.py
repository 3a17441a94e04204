"""Every knob of the hub, each declared once."""
