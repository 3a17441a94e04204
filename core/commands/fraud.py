"""Commands about fraud: what waits for a person, what is decided, and how strict and how good the rules are."""

from collections.abc import Callable, Mapping
from typing import Any

import click

from core.commands.late import LateGroup
from core.commands.office import Office, cli_actor, verb
from core.commands.proposals import typist
from core.models import Proposal
from core.queries.fraud import CaseReward, CaseRow, FraudCase, fraud_case, fraud_cases, reminder
from core.queries.fraud_numbers import FraudNumbers, RuleRow, fraud_numbers, rules_of
from core.queries.listing import LARGEST_SIZE
from core.queries.people import Face
from core.queries.why_words import reason_words
from core.services.connections import NotFound
from core.services.judge_people import person_named
from core.services.review import VERBS, appeal, decide_case
from core.services.trusting import trust

STAMP = "%Y-%m-%d %H:%M"
STATES = ("open", "observed", "approved", "voided", "blocked", "timed_out", "all")
because = click.option("--because", required=True, help="Why; kept in the audit trail.")


@click.group(cls=LateGroup, later={"measure": "core.commands.fraud_measure:measure"})
def fraud() -> None:
    """What fraud rules found, and what a person decides about it."""


@fraud.command("list")
@click.option("--state", type=click.Choice(STATES), default="open", show_default=True, help="Only those in this state.")
@click.option("--limit", default=50, type=click.IntRange(1, LARGEST_SIZE), show_default=True, help="How many.")
@verb
def list_all(office: Office, state: str, limit: int) -> None:
    """The newest cases: what rules held, blocked or only observed."""
    with office.hub.database.reading() as session:
        rows = fraud_cases(session, state="" if state == "all" else state, size=limit).rows
        numbers = fraud_numbers(session, office.hub.now())
    columns: Mapping[str, Callable[[CaseRow], object]] = {
        "ORDER": lambda row: row.order_name,
        "STATE": lambda row: row.state,
        "POINTS": lambda row: row.points,
        "WAITING": lambda row: _waiting(office, row),
        "WHY": lambda row: row.why or ", ".join(row.rules),
        "ID": lambda row: row.id,
    }
    office.table(rows, columns, "No case waits.")
    if numbers.alarm:
        office.say(f"Careful: {numbers.alarm}")


@fraud.command("show")
@click.argument("case")
@verb
def show(office: Office, case: str) -> None:
    """One CASE with everything needed to decide it: people, rewards, what was found, and the orders that show it."""
    office.answer(found := _case(office, case), _story(office, found))


@fraud.command("decide")
@click.argument("case")
@click.argument("verdict", type=click.Choice(sorted(VERBS)))
@because
@verb
def decide(office: Office, case: str, verdict: str, because: str) -> None:
    """Say whether the rewards of a CASE are approved (and verified before they are paid) or void."""
    done = decide_case(office.hub, case, verdict, because, typist())
    asked = [row for row in done if isinstance(row, Proposal)]
    lines = [f"Decided: {verdict}."] if len(asked) < len(done) or not done else []
    lines += [f"A second person says yes with: referhub proposals confirm {row.id}" for row in asked]
    office.answer({"case": case, "verdict": verdict, "proposals": [row.id for row in asked]}, lines)


@fraud.command("appeal")
@click.argument("case")
@because
@verb
def object_to(office: Office, case: str, because: str) -> None:
    """Note that somebody objects to a CASE: what was refused waits for a person again."""
    row = appeal(office.hub, case, because, actor=cli_actor())
    office.answer({"case": row.id, "state": row.state}, f"It waits for a person. Next: referhub fraud show {row.id}")


@fraud.command("trust")
@click.argument("person")
@click.option("--no-more", is_flag=True, help="Take the trust back.")
@because
@verb
def rely_on(office: Office, person: str, no_more: bool, because: str) -> None:
    """Measure an advocate (PERSON: id, code or address) by their own pace, such as somebody with many followers."""
    person_id = person_named(office.hub, person)
    trust(office.hub, person_id, because, actor=cli_actor(), is_trusted=not no_more)
    words = "Measured like everybody from now on." if no_more else "Measured by their own pace from now on."
    office.answer({"person": person_id, "is_trusted": not no_more}, words)


@fraud.command("rules")
@click.argument("slug")
@verb
def rules(office: Office, slug: str) -> None:
    """How each rule judges now under the terms of the campaign SLUG."""
    with office.hub.database.reading() as session:
        rows = rules_of(session, slug, office.hub.now())
    if rows is None:
        raise NotFound(f"there is no campaign {slug!r}: `referhub campaigns list` shows them")
    columns: Mapping[str, Callable[[RuleRow], object]] = {
        "RULE": lambda row: row.rule,
        "MODE": lambda row: f"{row.mode} (on trial)" if row.on_trial else row.mode,
        "POINTS": lambda row: row.points,
        "SETTINGS": lambda row: ", ".join(f"{name}={value}" for name, value in row.settings.items()) or "-",
        "LOOKS FOR": lambda row: row.looks_for,
    }
    office.table(rows, columns, "There are no rules.")


@fraud.command("numbers")
@verb
def numbers(office: Office) -> None:
    """How many conversions the rules stopped in the last thirty days, and whether that share is sound."""
    with office.hub.database.reading() as session:
        found = fraud_numbers(session, office.hub.now())
    office.answer(found, _numbers(found))


def _case(office: Office, case_id: str) -> FraudCase:
    with office.hub.database.reading() as session:
        found = fraud_case(session, case_id)
    if found is None:
        raise NotFound(f"there is no case {case_id!r}: `referhub fraud list` shows them")
    return found


def _story(office: Office, found: FraudCase) -> list[str]:
    row = found.row
    lines = [f"Order {row.order_name}, campaign {row.campaign}: {row.state}, {row.points} points"]
    lines += ["  found after a reward had been paid"] if row.is_of_paid else []
    lines += [f"  advocate: {_who(office, row.advocate)}", f"  friend: {_who(office, row.friend)}"]
    lines += [f"  {_reward(one)}" for one in found.rewards]
    for one in found.findings:
        lines.append(f"  {one.words} ({one.rule}, {one.mode}, {one.points} points)")
        lines += [f"    order {near.name} of {near.placed_at:{STAMP}}" for near in one.orders]
    lines += [f"  the one who waits may be told: {told}" for told in found.told]
    if row.state == "open":
        lines.append(f"Next: referhub fraud decide {row.id} approve|void --because ...")
    return lines


def _reward(one: CaseReward) -> str:
    reason = reason_words(one.reason)
    return f"{one.side}: {one.amount}, {one.state} ({one.id}){f': {reason}' if reason else ''}"


def _who(office: Office, face: Face) -> str:
    told: list[Any] = [office.opened(value) for value in (face.name, face.email) if value]
    return f"{', '.join(told) or 'somebody without a name'} ({face.id})"


def _waiting(office: Office, row: CaseRow) -> str:
    if row.state != "open" or row.opened_at is None:
        return "-"
    days = (office.hub.now() - row.opened_at).days
    return f"{days}d" + "!" * reminder(row.opened_at, office.hub.now())


def _numbers(found: FraudNumbers) -> list[str]:
    share = f"{found.stopped / found.judged:.1%}" if found.judged else "none"
    lines = [f"{found.stopped} of {found.judged} conversions were stopped ({share}); {found.confirmed} were refused."]
    lines += [f"{found.late} waited for three days or longer: referhub fraud list"] if found.late else []
    return lines + [f"Careful: {words}" for words in (found.alarm, found.gathers) if words]
