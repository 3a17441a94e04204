"""Webhook bodies: JSON templates of the vendor's REST shapes, filled with what the shop holds."""
