"""OAuth: sends an admin to HubSpot, takes the code they come back with, and gives the access back at the end.

https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/working-with-oauth
"""

from collections.abc import Callable

from hubspot.utils.oauth import AUTHORIZE_URL, get_auth_url

from connectors.hubspot.account import NAME as PORTAL
from connectors.hubspot.account import Account, bind
from connectors.hubspot.checking import NEEDED
from connectors.hubspot.config import API_BASE, HubSpotConfig
from connectors.hubspot.sdk import Portal
from connectors.hubspot.tokens import NAME, Grant, GrantLost, TokenEndpoint, grant_from
from referhub import ConnectorError, Http, Keep, NeedsAttention

UNINSTALL = "/appinstalls/{version}/external-install"
STATIC = (
    "a static access token cannot be revoked from here: in HubSpot, open the app's Auth tab and rotate its token, or "
    "delete the app, and its webhook subscriptions with it"
)
NOT_OFF = (
    "HubSpot did not confirm that the app was uninstalled: if it is still listed under Settings > Integrations > "
    "Connected Apps, choose Uninstall there"
)


class Installing:
    """The comings and goings of one connection's grant."""

    def __init__(self, config: HubSpotConfig, http: Http, keep: Callable[[], Keep], now: Callable[[], float]) -> None:
        self._config = config
        self._endpoint = TokenEndpoint(config, http)
        self._keep = keep
        self._now = now

    def authorize_url(self, state: str, redirect_uri: str) -> str:
        """Where the admin agrees. Raises `NeedsAttention` when there is nothing to agree to."""
        self._refuse_static()
        url: str = get_auth_url(self._config.client_id, redirect_uri, scope=("oauth", *NEEDED), state=state)
        if self._config.api_base == API_BASE:
            return url
        return f"{self._config.api_base}/oauth/authorize{url.removeprefix(AUTHORIZE_URL)}"

    def take(self, code: str, redirect_uri: str) -> None:
        """The code is exchanged and its grant kept, if it is for the portal of this connection.

        Raises `NeedsAttention`, and nothing is kept then, or `TryLater`.
        """
        self._refuse_static()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        try:
            grant = grant_from(self._endpoint.ask(form), self._now())
        except GrantLost:
            raise NeedsAttention("HubSpot does not accept this code (any more): begin again") from None
        if not grant.refresh:
            raise NeedsAttention("HubSpot gave no refresh token: begin again")
        bind(self._config.portal_id, grant.portal)
        bind(Account.read(self._keep().get(PORTAL)).portal, grant.portal)
        self._keep().change(NAME, lambda _: grant.text())

    def revoke(self, api: Portal) -> list[str]:
        """The app is off the portal and the grant means nothing any more, as far as HubSpot can be reached."""
        if self._config.access_token:
            return [STATIC]
        grant = Grant.read(self._keep().get(NAME))
        if not grant.refresh:
            return []
        form = {"token": grant.refresh, "token_type_hint": "refresh_token"}
        is_off = self._is_done(lambda: api.call("DELETE", UNINSTALL))
        self._is_done(lambda: self._endpoint.post("token/revoke", form))  # where the app is off, it is dead already
        self._keep().change(NAME, lambda _: Grant().text())
        return [] if is_off else [NOT_OFF]

    def _is_done(self, undo: Callable[[], object]) -> bool:
        try:
            undo()
        except ConnectorError:
            return False  # gone already, or out of reach: what we keep of it is thrown away all the same
        return True

    def _refuse_static(self) -> None:
        if self._config.access_token:
            raise NeedsAttention("this connection has a static access token, so there is nothing to agree to")
