"""The entrance of shops: no cookie, no password; the store itself says with every request who works there."""

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Request, Response, g, render_template, request
from werkzeug.exceptions import HTTPException, NotFound

from core.contract.errors import NeedsAttention, TryLater
from core.contract.store_app import Frame, NotProven, Staff, StoreApp
from core.services.roles import ADMIN
from core.services.store_apps import Shop
from web.accounts.visitor import Visitor
from web.dashboard.entrance import Entrance
from web.store.framing import framed
from web.store.mount import MOUNTED, PREFIX
from web.store.reload import is_fetched, way_round

Enter = Callable[[str, Staff], Shop]
PAGES = "dashboard"  # the blueprint that is mounted


class Answered(HTTPException):
    """The request is answered already, with this very response."""

    def __init__(self, response: Response) -> None:
        super().__init__(response=response)


class ShopEntrance:
    """Lets in whom the store of `request`'s mount proves; everybody else is told how to come back with a proof."""

    def __init__(
        self, apps: Mapping[str, StoreApp], enter: Enter, now: Callable[[], datetime], house: Entrance
    ) -> None:
        self._apps = apps
        self._enter = enter
        self._now = now
        self._house = house

    def check_host(self, request: Request) -> None:
        """As in the house; and what stands here is the dashboard, never an operator's account."""
        self._house.check_host(request)
        # The browser may be signed in as well; a shop's proof, always fresh, must not stand for the operator's own.
        if request.blueprint not in (None, PAGES):
            raise NotFound

    def visitor(self, request: Request) -> Visitor:
        """The shop's staff; raises `Answered` when nobody is proven or the shop cannot be connected."""
        key = request.environ[MOUNTED]
        app = self._apps[key]
        self._frame_as_told(app, request)
        try:
            staff = app.prove(_query(request), request.headers.get("Authorization", ""))
            g.frame = app.frame(staff.shop)
            shop = self._enter(key, staff)
        except NotProven as problem:
            raise Answered(self._unproven(app, key, request, problem)) from None
        except (NeedsAttention, TryLater) as problem:
            raise Answered(_refusal(str(problem), 503)) from None
        return Visitor("", f"staff {staff.person} of {staff.shop}", ADMIN, shop.merchant_id, shop.merchant_name)

    def is_fresh(self, visitor: Visitor) -> bool:
        """Always: the proof that comes with every request is a minute old at most."""
        return True

    def check_form(self, request: Request) -> None:
        """Only a script of ours can send the header that proves a form; no cookie could be ridden on."""
        if "Authorization" not in request.headers:
            raise Answered(_refusal("This form did not come from the app's own page.", 401))

    def form_token(self, request: Request) -> str:
        """Forms are proven by the header that goes with them."""
        return ""

    def protect(self, response: Response) -> Response:
        """The response with what a browser has to be told: framed by the shop that is known, else by nobody."""
        frame: Frame | None = g.get("frame")
        return framed(response, frame) if frame else self._house.protect(response)

    def _frame_as_told(self, app: StoreApp, request: Request) -> None:
        """Until a shop is proven, the one that the address names may show the page that asks for a proof."""
        try:
            g.frame = app.frame(app.shop_named(_query(request)))
        except NotProven:
            g.frame = None

    def _unproven(self, app: StoreApp, key: str, request: Request, problem: NotProven) -> Response:
        if is_fetched(request):
            answer = _refusal(str(problem), 401)
            answer.headers.update(app.retry_headers)
            return answer
        home = f"{PREFIX}{key}"
        address = way_round(request, app, home, lambda: self._now().timestamp())
        if g.frame is None or address is None or not problem.renewable:
            g.frame = g.frame if problem.renewable else None
            return _refusal("Open the app from your shop's admin.", 401)
        return Response(status=302, headers={"Location": address})


class EitherEntrance:
    """The house's own entrance, or the shops' where the address is theirs."""

    def __init__(self, house: Entrance, shops: Entrance) -> None:
        self._house = house
        self._shops = shops

    @property
    def _here(self) -> Entrance:
        return self._shops if MOUNTED in request.environ else self._house

    def check_host(self, request: Request) -> None:
        """As the entrance of this address does."""
        self._here.check_host(request)

    def visitor(self, request: Request) -> Visitor:
        """As the entrance of this address does."""
        return self._here.visitor(request)

    def is_fresh(self, visitor: Visitor) -> bool:
        """As the entrance of this address does."""
        return self._here.is_fresh(visitor)

    def check_form(self, request: Request) -> None:
        """As the entrance of this address does."""
        self._here.check_form(request)

    def form_token(self, request: Request) -> str:
        """As the entrance of this address does."""
        return self._here.form_token(request)

    def protect(self, response: Response) -> Response:
        """As the entrance of this address does."""
        return self._here.protect(response)


def _refusal(words: str, status: int) -> Response:
    return Response(render_template("store/refused.html", words=words), status, mimetype="text/html")


def _query(request: Request) -> str:
    return request.query_string.decode(errors="replace")
