"""The app's standing in a portal: installed with which rights, and the tokens that prove it."""

from __future__ import annotations

import secrets

from sandbox.hubspot.cloud import Cloud
from sandbox.hubspot.nouns import Access, Code, Grant, Portal

TOKEN_SECONDS = 1800
CODE_SECONDS = 600


def install(cloud: Cloud, portal: Portal) -> None:
    portal.installed = True
    cloud.truth.keep(portal)


def uninstall(cloud: Cloud, portal: Portal) -> None:
    """Every token of this portal is dead; nobody is told, as with the vendor."""
    with cloud.truth.transaction():
        portal.installed = False
        cloud.truth.keep(portal)
        for grant in cloud.truth.all(Grant, "Grant"):
            if grant.portal == portal.portal:
                end_grant(cloud, grant)


def new_code(cloud: Cloud, portal: Portal, redirect_uri: str, scopes: list[str]) -> Code:
    """The admin said yes: the app is installed, and a code is on its way to it."""
    install(cloud, portal)
    made = Code(portal.portal, secrets.token_hex(16), redirect_uri, scopes, cloud.truth.now() + CODE_SECONDS * 1000)
    cloud.truth.keep(made)
    return made


def new_grant(cloud: Cloud, portal: int, scopes: list[str]) -> Grant:
    made = Grant(portal, secrets.token_hex(18), scopes)
    cloud.truth.keep(made)
    return made


def new_access(cloud: Cloud, grant: Grant) -> Access:
    """An access token for half an hour; earlier ones live to their own end."""
    expires_at = cloud.truth.now() + TOKEN_SECONDS * 1000
    made = Access(grant.portal, f"at-{secrets.token_hex(24)}", grant.refresh_token, expires_at)
    cloud.truth.keep(made)
    return made


def access_of(cloud: Cloud, token: str) -> tuple[Access, Grant] | None:
    """The access token with its grant; None for one that was never given or whose grant has ended."""
    access = cloud.truth.find(Access, "Access", token)
    grant = live_grant(cloud, access.refresh_token) if access else None
    return (access, grant) if access and grant else None


def live_grant(cloud: Cloud, refresh_token: str) -> Grant | None:
    found = cloud.truth.find(Grant, "Grant", refresh_token)
    return None if found is None or found.dead else found


def end_grant(cloud: Cloud, grant: Grant) -> None:
    grant.dead = True
    cloud.truth.keep(grant)


def expire_access(cloud: Cloud) -> None:
    """Every access token ends now."""
    with cloud.truth.transaction():
        for access in cloud.truth.all(Access, "Access"):
            access.expires_at = min(access.expires_at, cloud.truth.now())
            cloud.truth.keep(access)
