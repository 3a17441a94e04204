"""The pages on which a source is connected, tried, switched, given a new address, and left; all without a script."""

from datetime import timedelta
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.contract.errors import ConnectorError, WrongSetting
from core.contract.settings import SettingSpec
from core.queries.attention import attention
from core.queries.connections import ConnectionHealth, connections
from core.services.connect_form import BadField, Kind
from core.services.roles import ADMIN
from web.accounts.visitor import current_visitor
from web.dashboard.hub import Hub
from web.dashboard.sources import Connecting, SourcesOf

Answer = str | Response | tuple[str, int]
LABEL, SETTING = "label", "setting-"
OVERLAP_DAYS = 7
ROUTES = (
    ("/connect", "connect", ADMIN),
    ("/connect/<key>", "connect_form", ADMIN, True),
    ("/connections/<connection_id>/disconnect", "leave_form", ADMIN, True),
)
ACTIONS = (
    ("/connect/<key>", "connect_now", ADMIN, True),
    ("/connections/<connection_id>/test", "try_out", ADMIN),
    ("/connections/<connection_id>/switch", "switch", ADMIN),
    ("/connections/<connection_id>/rotate", "rotate", ADMIN, True),
    ("/connections/<connection_id>/disconnect", "leave", ADMIN, True),
)


class ConnectingPages:
    """One method per page or button, for the visitor's merchant."""

    def __init__(self, hub: Hub, sources: SourcesOf) -> None:
        self._house = hub
        self._sources_of = sources

    @property
    def _hub(self) -> Hub:
        visitor = current_visitor()
        return self._house.within(visitor.merchant_id, actor=visitor.name) if visitor.merchant_id else self._house

    @property
    def _verbs(self) -> Connecting:
        return self._sources_of(self._hub).connecting or abort(404)

    def connect(self) -> Answer:
        """The kinds of sources to choose from."""
        return self._page("connect", kinds=self._verbs.kinds())

    def connect_form(self, key: str) -> Answer:
        """What to do at the source, and the form with its settings."""
        return self._form(self._kind(key), {LABEL: request.args.get(LABEL, "") or key})

    def connect_now(self, key: str) -> Answer:
        """The source is connected, or an admin is shown the way there; a mistake is told at its field."""
        kind = self._kind(key)
        given = {spec.name: _filled_in(spec) for spec in kind.settings}
        label = request.form.get(LABEL, "")
        try:
            told = self._verbs.fill_in(key, label, given)
        except BadField as problem:
            shown = {spec.name: given[spec.name] for spec in kind.settings if not spec.is_secret}
            return self._form(kind, {LABEL: label, **shown}, problem.field or "whole", str(problem)), 400
        return self._page("agree" if told.agree_at else "connected", kind=kind, told=told)

    def try_out(self, connection_id: str) -> Answer:
        """The source was asked whether the connection works."""
        self._one(connection_id)
        try:
            account = self._verbs.test(connection_id)
        except ConnectorError as problem:
            return render_template("dashboard/cannot.html", here="cannot", problem=str(problem)), 400
        return _back(connection_id, "tested", missing=len(account.missing_rights))

    def switch(self, connection_id: str) -> Answer:
        """The connection is on or off, unless a setting decides."""
        one = self._one(connection_id)
        if one.locked_by:
            words = f"{one.label} is decided by {one.locked_by}: change it there, and start the hub again"
            return render_template("dashboard/cannot.html", here="cannot", problem=words), 409
        is_on = request.form.get("on") == "yes"
        self._verbs.switch(connection_id, is_on)
        return _back(connection_id, "on" if is_on else "off")

    def rotate(self, connection_id: str) -> Answer:
        """The connection has a new address, shown this once; the old one works on for a week."""
        one = self._one(connection_id)
        try:
            address, until = self._verbs.rotate(connection_id, timedelta(days=OVERLAP_DAYS))
        except (WrongSetting, ConnectorError) as problem:
            return render_template("dashboard/cannot.html", here="cannot", problem=str(problem)), 400
        return self._page("rotated", one=one, address=address, until=until)

    def leave_form(self, connection_id: str) -> Answer:
        """What leaving a source means, and the choice."""
        return self._page("leave", one=self._one(connection_id), problem="", field="")

    def leave(self, connection_id: str) -> Answer:
        """The source is left, once its label was typed and the choice made."""
        one = self._one(connection_id)
        choice, typed = request.form.get("links", ""), request.form.get(LABEL, "").strip()
        if choice not in ("keep", "erase"):
            problem = "Choose whether the links to its people are kept or erased."
            return self._page("leave", one=one, problem=problem, field="links"), 400
        if typed != one.label.strip():
            return self._page("leave", one=one, problem=f"Type {one.label} to confirm.", field=LABEL, links=choice), 400
        left = self._verbs.leave(connection_id, choice == "keep")
        return self._page("left", one=one, left=left, links=choice)

    def _kind(self, key: str) -> Kind:
        return next((kind for kind in self._verbs.kinds() if kind.key == key), None) or abort(404)

    def _one(self, connection_id: str) -> ConnectionHealth:
        with self._hub.database.reading() as session:
            rows = connections(session, self._hub.clock(), self._hub.switches)
        return next((row for row in rows if row.id == connection_id), None) or abort(404)

    def _form(self, kind: Kind, values: dict[str, str], field: str = "", problem: str = "") -> str:
        main = [spec for spec in kind.settings if spec.is_required or spec.is_secret or _is_main(spec.name)]
        more = [spec for spec in kind.settings if spec not in main]
        return self._page("connect_form", kind=kind, main=main, more=more, values=values, field=field, problem=problem)

    def _page(self, name: str, **values: Any) -> str:
        with self._hub.database.reading() as session:
            waits = attention(session)
        return render_template(f"dashboard/{name}.html", here="connect", waits=waits, **values)


def _filled_in(spec: SettingSpec) -> str:
    """What stands in the field; a browser sends nothing at all for a box that is not ticked."""
    return request.form.get(f"{SETTING}{spec.name}", "no" if spec.is_yes_or_no else "")


def _is_main(name: str) -> bool:
    """True for what most people fill in although it can be left empty."""
    return name in {"client_id", "app_id", "username", "domain", "public_url", "shop"}


def _back(connection_id: str, done: str, missing: int = 0) -> Response:
    there = url_for("dashboard.connection", connection_id=connection_id, done=done, missing=missing or None)
    return redirect(there, 303)
