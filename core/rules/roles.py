"""Roles: what an operator may do for a merchant; each one may all that those before it may."""

VIEWER, SUPPORT, ADMIN, OWNER = "viewer", "support", "admin", "owner"
ROLES = (VIEWER, SUPPORT, ADMIN, OWNER)
MEANINGS = {
    VIEWER: "sees numbers, states and reasons; names, addresses and bodies are covered",
    SUPPORT: "sees people as well, and lets what was refused be tried again",
    ADMIN: "changes connections, campaigns and fields as well",
    OWNER: "invites and removes operators, rotates keys and erases as well",
}


def reaches(role: str, least: str) -> bool:
    """True when `role` may do what takes at least `least`; an unknown role may nothing."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(least)
