"""An entrance: how one kind of visitor comes in, and how their forms are known to be theirs."""

from typing import Protocol

from flask import Request, Response

from web.accounts.visitor import Visitor


class Entrance(Protocol):
    """The house's own is `access.Gate`, by cookie; a shop's admin has another, without any."""

    def check_host(self, request: Request) -> None:
        """Raises an `HTTPException` unless the request asks for a host of ours."""
        ...

    def visitor(self, request: Request) -> Visitor:
        """Who is there; raises an `HTTPException` when nobody is."""
        ...

    def is_fresh(self, visitor: Visitor) -> bool:
        """True when the visitor has lately proved who they are."""
        ...

    def check_form(self, request: Request) -> None:
        """Raises an `HTTPException` unless a page of ours sent the form."""
        ...

    def form_token(self, request: Request) -> str:
        """What a form on the page that answers this request has to bring back."""
        ...

    def protect(self, response: Response) -> Response:
        """The response with what a browser has to be told."""
        ...
