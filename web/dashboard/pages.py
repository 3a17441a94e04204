"""The pages: each asks the queries, inside one read-only view of the database, and fills its template."""

from functools import partial
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.contract.errors import ConnectorError, WrongSetting
from core.queries.advocates import advocates
from core.queries.attention import attention
from core.queries.campaigns import campaigns
from core.queries.connections import connections
from core.queries.conversions import conversions, conversions_by_state
from core.queries.data_requests import open_requests
from core.queries.deliveries import deliveries, deliveries_by_state, delivery
from core.queries.field_sync import field_health, parked_page, write_runs
from core.queries.gaps import gaps
from core.queries.next_steps import next_steps
from core.queries.objectives import ObjectiveRow, objectives
from core.queries.orders import count_orders, find_orders, orders, orders_that_count
from core.queries.overview import overview
from core.queries.people import faces
from core.queries.pushes import pushes, pushes_by_state
from core.queries.rewards import rewards, rewards_by_state
from core.queries.walk import walk
from core.queries.who import collisions, decided
from core.queries.why import why_order
from core.queries.why_others import why_reward
from core.services.field_verbs import FieldPlace
from core.services.install import BadReturn
from core.services.roles import ADMIN, SUPPORT
from web.accounts.visitor import current_visitor
from web.dashboard.asked import place, said
from web.dashboard.chart import draw
from web.dashboard.hub import Hub
from web.dashboard.notices import notices
from web.dashboard.offer_pages import ROUTES as OFFER_ROUTES
from web.dashboard.offer_pages import OfferPages
from web.dashboard.payload import readable
from web.dashboard.person_pages import ROUTES as PERSON_ROUTES
from web.dashboard.person_pages import PersonPages
from web.dashboard.remembered import Remembered
from web.dashboard.sources import Sources, SourcesOf
from web.dashboard.trail_pages import TrailPages
from web.dashboard.trial_pages import ROUTES as TRIAL_ROUTES
from web.dashboard.trial_pages import TrialPages

COUNTS = {"counted": True, "not_counted": False}  # what the filter of the orders says
Answer = str | Response | tuple[str, int]
ROUTES = (
    ("/", "overview"),
    ("/orders", "orders"),
    ("/orders/<order_id>", "order"),
    ("/deliveries", "deliveries"),
    ("/deliveries/<delivery_id>", "delivery", SUPPORT),
    ("/conversions", "conversions"),
    ("/rewards", "rewards"),
    ("/rewards/<reward_id>", "reward"),
    ("/pushes", "pushes"),
    ("/campaigns", "campaigns"),
    ("/advocates", "advocates"),
    ("/people", "people"),
    ("/connections", "connections"),
    ("/connections/<connection_id>", "connection"),
    ("/connect/back", "installed", ADMIN),
    ("/audit", "audit"),
    ("/proposals", "proposals"),
    *OFFER_ROUTES,
    *TRIAL_ROUTES,
    *PERSON_ROUTES,
    ("/<path:rest>", "missing"),
)
# A third word is the role that it takes (a viewer's for pages that name none), a fourth says that whoever presses it
# has to have proved lately who they are.
ACTIONS: tuple[tuple[Any, ...], ...] = (
    ("/connections/<connection_id>/retry", "retry", SUPPORT),
    ("/proposals/<proposal_id>/confirm", "confirm_proposal", ADMIN, True),
    ("/proposals/<proposal_id>/refuse", "refuse_proposal", ADMIN),
)


class Pages(OfferPages, TrialPages, PersonPages, TrailPages):
    """One method per page, named like its template; each sees what belongs to its visitor's merchant."""

    def __init__(self, hub: Hub, sources: SourcesOf) -> None:
        self._house = hub
        self._sources_of = sources
        self._goals: Remembered[list[ObjectiveRow]] = Remembered()

    @property
    def _hub(self) -> Hub:
        visitor = current_visitor()
        return self._house.within(visitor.merchant_id, actor=visitor.name)

    @property
    def _sources(self) -> Sources:
        return self._sources_of(self._hub)

    def overview(self) -> Answer:
        """What to do next while empty, what matters when full."""
        hub, now = self._hub, self._hub.clock()
        with hub.database.reading() as session:
            seen, waits = overview(session, now, hub.switches), attention(session)
            ask = partial(objectives, session, now, is_open=True)
            goals = self._goals.of(current_visitor().merchant_id, now, ask)
        told = {"notices": notices(seen, waits), "steps": next_steps(seen), "chart": draw(seen.days)}
        return _page("overview", seen=seen, goals=goals, waits=waits, may_manage=self._may_manage, **told)

    def orders(self) -> Answer:
        """Every order, counted or not; with a name in the address the search: straight to the only one that has it."""
        name = said("q")
        if not name:
            return self._all_orders()
        with self._hub.database.reading() as session:
            found, waits = find_orders(session, name), attention(session)
        if len(found) == 1:
            return redirect(url_for("dashboard.order", order_id=found[0].id))
        return _page("found", found=found, said=name, waits=waits)

    def _all_orders(self) -> Answer:
        state = said("state")
        with self._hub.database.reading() as session:
            rows = orders(session, counts=COUNTS.get(state), place=place())
            total, counted, waits = count_orders(session), orders_that_count(session), attention(session)
        kept = {"state": state if state in COUNTS else ""}
        counts = {"": total, "counted": counted, "not_counted": total - counted}
        return _page("orders", rows=rows, counts=counts, waits=waits, kept=kept)

    def order(self, order_id: str) -> Answer:
        """Why one order counts or not, what would have changed it, and what happened."""
        with self._hub.database.reading() as session:
            told, waits = why_order(session, order_id, self._hub.vault.token_key), attention(session)
        if told is None:
            abort(404)
        return _page("order", told=told, found=told.trace, stops=walk(told.trace), waits=waits)

    def deliveries(self) -> Answer:
        """The inbox."""
        state, connection_id = said("state"), said("connection")
        with self._hub.database.reading() as session:
            rows = deliveries(session, state=state, connection_id=connection_id, place=place())
            counts = deliveries_by_state(session, connection_id)
            sources, waits = connections(session, self._hub.clock(), self._hub.switches), attention(session)
        kept = {"state": state, "connection": connection_id}
        return _page("deliveries", rows=rows, counts=counts, sources=sources, waits=waits, kept=kept)

    def delivery(self, delivery_id: str) -> Answer:
        """One delivery with its body."""
        with self._hub.database.reading() as session:
            found, waits = delivery(session, delivery_id, self._open_body), attention(session)
        if found is None:
            abort(404)
        return _page("delivery", found=found, body=readable(found.body), waits=waits)

    def conversions(self) -> Answer:
        """The orders that count."""
        state = said("state")
        with self._hub.database.reading() as session:
            rows, counts = conversions(session, state=state, place=place()), conversions_by_state(session)
            waits = attention(session)
        return _page("conversions", rows=rows, counts=counts, waits=waits, kept={"state": state})

    def rewards(self) -> Answer:
        """What is owed to whom."""
        state, person_id = said("state"), said("person")
        with self._hub.database.reading() as session:
            rows = rewards(session, state=state, person_id=person_id, place=place())
            totals, waits = rewards_by_state(session, person_id), attention(session)
            whose = faces(session, [person_id]).get(person_id)
        kept = {"state": state, "person": person_id}
        return _page("rewards", rows=rows, totals=totals, whose=whose, waits=waits, kept=kept)

    def reward(self, reward_id: str) -> Answer:
        """Where one reward is and why, with its pushes, receipts and ledger lines."""
        with self._hub.database.reading() as session:
            told, waits = why_reward(session, reward_id, self._hub.vault.token_key), attention(session)
        if told is None:
            abort(404)
        return _page("reward", told=told, found=told.story, waits=waits)

    def pushes(self) -> Answer:
        """The pushes, first of all those that wait for a person."""
        state = said("state") or "parked"
        with self._hub.database.reading() as session:
            rows = pushes(session, states=() if state == "all" else (state,), place=place())
            counts, waits = pushes_by_state(session), attention(session)
        return _page("pushes", rows=rows, counts=counts, waits=waits, kept={"state": state})

    def campaigns(self) -> Answer:
        """The offers and their terms."""
        with self._hub.database.reading() as session:
            rows, waits = campaigns(session, self._hub.clock()), attention(session)
        return _page("campaigns", rows=rows, waits=waits)

    def advocates(self) -> Answer:
        """Who recommends."""
        with self._hub.database.reading() as session:
            rows, waits = advocates(session, place=place()), attention(session)
        return _page("advocates", rows=rows, waits=waits, kept={})

    def people(self) -> Answer:
        """Who asked what is kept of them, and who may be one person: pairs that wait, and those that were decided."""
        with self._hub.database.reading() as session:
            waiting, rows, waits = collisions(session), decided(session, place=place()), attention(session)
            asked = open_requests(session)
        return _page("people", asked=asked, waiting=waiting, rows=rows, waits=waits)

    def connections(self) -> Answer:
        """How every connection is doing."""
        now = self._hub.clock()
        with self._hub.database.reading() as session:
            rows, waits = connections(session, now, self._hub.switches), attention(session)
            missed, fields = gaps(session, now), field_health(session, now)
        can = {one.id: self._sources.abilities(one.connector) for one in rows}
        told = {"fields": fields, "can": can, "may_manage": self._may_manage}
        return _page("connections", rows=rows, gaps=missed, waits=waits, **told)

    @property
    def _may_manage(self) -> bool:
        return current_visitor().may(ADMIN) and self._sources.connecting is not None

    def _rotating(self) -> frozenset[str]:
        connecting = self._sources.connecting
        return frozenset(kind.key for kind in connecting.kinds() if kind.rotates) if connecting else frozenset()

    def connection(self, connection_id: str) -> Answer:
        """One connection in full, with the records that are parked."""
        now = self._hub.clock()
        with self._hub.database.reading() as session:
            rows, waits = connections(session, now, self._hub.switches), attention(session)
            one = next((row for row in rows if row.id == connection_id), None) or abort(404)
            parked, runs = parked_page(session, one.id, now, place=place()), write_runs(session, one.id)
            told: dict[str, Any] = {"gap": gaps(session, now).get(one.id), "fields": field_health(session, now)[one.id]}
        places, trouble = self._places(one.id)
        told |= {"places": places, "trouble": trouble, "can": self._sources.abilities(one.connector), "done": _done()}
        told |= {"may_manage": self._may_manage, "rotates": one.connector in self._rotating()}
        return _page("connection", one=one, parked=parked, runs=runs, retried=_retried(), waits=waits, **told)

    def _places(self, connection_id: str) -> tuple[list[FieldPlace], str]:
        """Where each field goes; why that cannot be told, if the connection cannot be opened."""
        try:
            return self._sources.fields(connection_id), ""
        except WrongSetting:  # it takes no fields
            return [], ""
        except (ConnectorError, ValueError) as problem:
            return [], str(problem)

    def retry(self, connection_id: str) -> Answer:
        """The parked records of the connection are tried again, and its page says how many."""
        try:
            count = self._sources.retry(connection_id)
        except LookupError:
            abort(404)
        except ConnectorError as problem:
            return _page("cannot", problem=str(problem)), 400
        return redirect(url_for("dashboard.connection", connection_id=connection_id, retried=count), 303)

    def installed(self) -> Answer:
        """Where a source sends an admin back to: the connection works now, or here is what to do."""
        refused = said("error_description") or said("error")
        if refused:
            return _page("installed", problem=f"The source said no: {refused}"), 400
        try:
            row, account, findings = self._sources.finish_install(
                request.args.get("state", ""),
                request.args.get("code", ""),
                request.query_string.decode(errors="replace"),
            )
        except (BadReturn, ConnectorError) as problem:
            return _page("installed", problem=str(problem)), 400
        connecting = self._sources.connecting
        steps = connecting.steps_after(row.id) if connecting else ()
        told = {"account": account, "findings": findings, "steps": steps, "connection_id": row.id}
        return _page("installed", label=row.label, **told)

    def missing(self, rest: str) -> Answer:
        """Any other address: not found, said in our own words."""
        abort(404)

    def _open_body(self, sealed: bytes, context: str) -> bytes:
        try:
            return self._hub.vault.open(sealed, context)
        except ValueError as broken:
            return f"This body cannot be opened: {broken}".encode()


def _page(name: str, **values: Any) -> str:
    return render_template(f"dashboard/{name}.html", here=name, **values)


DONE = {
    "on": "It is on: workers serve it again.",
    "off": "It is off: what arrives meanwhile is kept.",
    "tested": "The source answers.",
}


def _done() -> str:
    """What a button has just done, as the address says."""
    missing = said("missing")
    more = " Rights are missing there: see below." if missing else ""
    return f"{DONE[said('done')]}{more}" if said("done") in DONE else ""


def _retried() -> int | None:
    """How many records a button has just tried again, as the address says."""
    told = said("retried")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None
