"""Commands that the law asks for: hand over what is kept of a person, erase it, answer requests; and rotate keys."""

import click

from core.clock import system_clock
from core.commands.office import Office, verb
from core.commands.people import STAMP, people
from core.gateway.key_file import KeyFile
from core.queries.data_requests import open_requests
from core.queries.plain import plain
from core.services.duties import answer_request
from core.services.erase import erase_person
from core.services.export_person import as_words, export_person
from core.services.judge_people import person_named
from core.services.keys import SealKey, add_key, list_keys, retire_key
from core.services.reseal import reseal
from core.services.sweep import sweep_all

because = click.option("--because", required=True, help="Why; kept in the audit trail.")


@people.command("export")
@click.argument("person")
@verb
def export(office: Office, person: str) -> None:
    """Everything that is kept of one PERSON, said by id, code or address, to hand over to them."""
    hub = office.hub
    told = export_person(hub, person_named(hub, person))
    office.answer(told, as_words(told, lambda value: plain(value, hub.vault.open)))


@people.command("erase")
@click.argument("person")
@because
@verb
def erase(office: Office, person: str, because: str) -> None:
    """One PERSON leaves no name, address or raw body, and comes back by no late news; the books keep their ids."""
    hub = office.hub
    person_id = person_named(hub, person)
    erasure_id = erase_person(hub, person_id, because)
    waits = not sweep_all(hub, erasure_id)
    words = "Erased. Some bodies wait to be read first, and are searched then." if waits else "Erased."
    office.answer({"id": person_id, "erasure": erasure_id, "waits": waits}, words)


@people.command("requests")
@verb
def requests(office: Office) -> None:
    """Who asked a source what is kept of them, and until when a person has to answer."""
    with office.hub.database.reading() as session:
        rows = open_requests(session)
    columns = {
        "ASKED": lambda row: f"{row.asked_at:{STAMP}}",
        "ANSWER DUE BY": lambda row: f"{row.due_at:{STAMP}}",
        "PERSON": lambda row: row.person_id or "nobody here knows them",
        "ID": lambda row: row.id,
    }
    office.table(rows, columns, "Nobody waits for an answer.")


@people.command("answered")
@click.argument("request")
@verb
def answered(office: Office, request: str) -> None:
    """The answer to a REQUEST (its id) was handed over: `referhub people export` of the person it names."""
    row = answer_request(office.hub, request)
    office.answer({"id": row.id, "answered_at": row.answered_at}, "Noted: the answer was handed over.")


@click.group()
def keys() -> None:
    """The keys that seal credentials and personal values."""


def _file(office: Office) -> KeyFile:
    return KeyFile(office.settings.secret_key_file)


@keys.command("list")
@verb
def list_all(office: Office) -> None:
    """The sealing keys, and how many values each of them is needed for."""
    columns = {
        "ID": lambda row: row.id,
        "SEALS": lambda row: "now" if row.seals else "no more",
        "ADDED": lambda row: f"{row.added_at:{STAMP}}" if row.added_at else "-",
        "NEEDED FOR": _needed_for,
    }
    office.table(list_keys(office.house, _file(office)), columns, "There is no key.")


def _needed_for(row: SealKey) -> str:
    return ", ".join(f"{column} {count}" for column, count in row.values.items()) or "nothing"


@keys.command("add")
@verb
def add(office: Office) -> None:
    """A new key seals from now on; running hubs notice within seconds. Back up the key file afterwards."""
    key_id = add_key(office.house, _file(office), system_clock())
    office.answer({"id": key_id}, [f"{key_id} seals from now on.", "Next: referhub keys reseal"])


@keys.command("reseal")
@verb
def reseal_all(office: Office) -> None:
    """Everything that an older key sealed is sealed with the newest one, while the hub runs."""
    done = reseal(office.house)
    lost = [f"  no key opens {context}" for context in done.closed]
    office.answer(done, [f"{done.count} values have the newest key now.", *lost])


@keys.command("retire")
@click.argument("key")
@verb
def retire(office: Office, key: str) -> None:
    """An old KEY (its id) is taken out of the key file; refused while anything is sealed with it."""
    retire_key(office.house, _file(office), key, system_clock())
    office.answer({"id": key}, f"{key} is retired: backups from before need a copy of the old key file.")
