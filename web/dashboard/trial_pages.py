"""The pages about trust: what fraud rules found, and how terms were tried out before they held."""

from collections.abc import Callable
from typing import Any

from flask import abort, render_template
from werkzeug.wrappers import Response

from core.queries.attention import attention
from core.queries.backtests import backtest, backtests
from core.queries.campaigns import campaigns
from core.queries.fraud import fraud_case, fraud_cases
from core.queries.fraud_numbers import fraud_numbers
from core.queries.listing import Listing
from core.queries.rehearsals import rehearsal, rehearsals
from core.services.roles import SUPPORT
from web.dashboard.asked import place, said
from web.dashboard.hub import Hub

OPEN, ALL = "open", "all"
ROUTES = (
    ("/fraud", "fraud"),
    ("/fraud/<case_id>", "fraud_case", SUPPORT),
    ("/campaigns/<campaign_id>/backtests", "backtests"),
    ("/backtests/<backtest_id>", "backtest"),
    ("/campaigns/<campaign_id>/rehearsals", "rehearsals"),
    ("/rehearsals/<rehearsal_id>", "rehearsal", SUPPORT),
)
Answer = str | Response | tuple[str, int]


class TrialPages:
    """Mixed into the pages: cases that wait for a look, backtests and rehearsals. They change nothing."""

    @property
    def _hub(self) -> Hub:
        raise NotImplementedError  # the pages say whose

    def fraud(self) -> Answer:
        """The cases that wait for a look, or all."""
        state = ALL if said("state") == ALL else OPEN
        with self._hub.database.reading() as session:
            rows = fraud_cases(session, state="" if state == ALL else OPEN, place=place())
            waits, numbers = attention(session), fraud_numbers(session, self._hub.clock())
        return _page("fraud", rows=rows, numbers=numbers, kept={"state": state}, waits=waits)

    def fraud_case(self, case_id: str) -> Answer:
        """One case with its evidence."""
        with self._hub.database.reading() as session:
            found = fraud_case(session, case_id) or abort(404)
            waits = attention(session)
        return _page("fraud_case", found=found, waits=waits)

    def backtests(self, campaign_id: str) -> Answer:
        """Every backtest of a campaign, the newest first."""
        return self._trials("backtest", campaign_id, backtests)

    def rehearsals(self, campaign_id: str) -> Answer:
        """Every rehearsal of a campaign, the newest first."""
        return self._trials("rehearsal", campaign_id, rehearsals)

    def _trials(self, what: str, campaign_id: str, ask: Callable[..., Listing[Any]]) -> Answer:
        with self._hub.database.reading() as session:
            offers = {one.id: one for one in campaigns(session, self._hub.clock())}
            offer = offers.get(campaign_id) or abort(404)
            rows, waits = ask(session, campaign_id=campaign_id, place=place()), attention(session)
        told = {"rows": rows, "offer": offer, "kept": {"campaign_id": campaign_id}, "waits": waits}
        return render_template(f"dashboard/{what}s.html", here=what, **told)

    def backtest(self, backtest_id: str) -> Answer:
        """One backtest: what the period came to under both terms, and which orders differ."""
        with self._hub.database.reading() as session:
            found = backtest(session, backtest_id) or abort(404)
            waits = attention(session)
        return _page("backtest", found=found, waits=waits)

    def rehearsal(self, rehearsal_id: str) -> Answer:
        """One rehearsal: who played what, what held, and what to mend."""
        with self._hub.database.reading() as session:
            found = rehearsal(session, rehearsal_id) or abort(404)
            waits = attention(session)
        return _page("rehearsal", found=found, waits=waits)


def _page(name: str, **values: Any) -> str:
    return render_template(f"dashboard/{name}.html", here=name, **values)
