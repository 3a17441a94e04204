"""HubSpot: deals, contacts and lifecycle stages by webhook and API, referral fields as contact properties."""
