"""Reseal: a key is added, everything gets it while the hub works, and the old one is retired (S31, S32)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from core.contract.events import DataRequested, OrderPaid, PersonErased
from core.gateway.key_file import KeyFile
from core.gateway.vault import LOOK_SECONDS, SealBroken, Vault, load_keys
from core.models import Identity, Person, StoredDelivery
from core.models.inventory import sealed_columns
from core.services import reseal as resealing
from core.services.connections import NotFound
from core.services.enroll import enroll
from core.services.keys import NOTICED, KeyInUse, add_key, list_keys, retire_key
from core.services.people import identity_context, name_context
from core.services.reseal import context_of, reseal, sealed_with
from tests.core.services.test_erase import BOB, laid
from tests.support.hub import START, Scene, contact, friend, order

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LATER = NOW + NOTICED


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    made = KeyFile(tmp_path / "secret.key")
    load_keys(made.path)
    return made


@pytest.fixture
def sealed(stage: Scene, file: KeyFile) -> Scene:
    """A hub whose keys stand in that file, with something sealed in most columns."""
    hub = replace(stage.hub, vault=file.vault())
    made = replace(stage, hub=hub)
    made.connection.config = hub.sealed_config(made.connection.id, {"shop": made.shop.name})
    with hub.database.transaction() as session:
        session.merge(made.connection)
    enroll(hub, "friends", email="nora@example.com", name="Nora Night", code="N-1")
    made.pay(order("5500001", code="N-1", buyer=BOB))
    made.tell(DataRequested(request_id="9", contact=friend("77", "zoe@example.com"), asked_at=START))
    made.tell(PersonErased(contact=friend("88"), asked_at=START))
    laid(made, "a body")
    hub.keep_of(made.connection.id).change("token", lambda _: "very secret")
    return made


def opened(stage: Scene, vault: Vault) -> dict[str, bytes]:
    """Everything sealed, opened, by what it is bound to."""
    found = {}
    with stage.hub.database.reading() as session:
        for model, column in sealed_columns():
            for row in session.scalars(select(model).where(getattr(model, column.key).is_not(None))):
                context = context_of(row, column)
                found[context] = vault.open(getattr(row, column.key), context)
    return found


def test_everything_gets_the_new_key_and_nothing_is_lost_when_the_old_one_goes(sealed: Scene, file: KeyFile) -> None:
    """S32, F18: add, reseal, retire."""
    before = opened(sealed, sealed.hub.vault)
    (old,) = file.ids()
    new = add_key(sealed.hub, file, NOW)
    fresh = replace(sealed.hub, vault=file.vault())
    assert opened(sealed, fresh.vault) == before, "both keys open meanwhile"
    with pytest.raises(KeyInUse, match=r"deliveries\.body 1.*referhub keys reseal"):
        retire_key(fresh, file, old, LATER)
    assert reseal(fresh, step=3).count == len(before)
    assert reseal(fresh).count == 0
    assert (sealed_with(fresh, old), sum(sealed_with(fresh, new).values())) == ({}, len(before))
    retire_key(fresh, file, old, LATER)
    assert file.ids() == [new]
    assert opened(sealed, Vault(load_keys(file.path))) == before


def test_a_running_hub_learns_of_a_new_key(sealed: Scene, file: KeyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a neighbour sealed with the new key opens at once; it is used for sealing after a few seconds."""
    running = file.vault()
    new = bytes.fromhex(file.add(NOW))
    told = file.vault().seal(b"by a neighbour", "somewhere")
    assert running.open(told, "somewhere") == b"by a neighbour"
    monkeypatch.setattr("core.gateway.vault.LOOK_SECONDS", -1.0)
    assert NOTICED.total_seconds() > LOOK_SECONDS, "everybody seals with it before the old one may go"
    assert running.seal(b"x", "somewhere")[1:5] == new


def test_a_key_file_that_is_spoilt_or_gone_for_a_moment_stops_nothing(sealed: Scene, file: KeyFile) -> None:
    running = file.vault()
    told = running.seal(b"x", "somewhere")
    file.path.write_text("nonsense")
    with pytest.raises(SealBroken, match="not in the key file"):
        running.open(told[:1] + b"\xff\xff\xff\xff" + told[5:], "somewhere")
    file.path.unlink()
    assert running.open(told, "somewhere") == b"x"


def test_what_changes_while_it_is_resealed_is_not_overwritten(
    sealed: Scene, file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that was rotated between the read and the write exists nowhere else."""
    keep = sealed.hub.keep_of(sealed.connection.id)
    add_key(sealed.hub, file, NOW)
    fresh, real = replace(sealed.hub, vault=file.vault()), resealing._one

    def and_meanwhile(session, hub, model, column, row):  # type: ignore[no-untyped-def]
        if column.table.name == "kept_texts":
            changed = sealed.hub.vault.seal(b"rotated", context_of(row, column))
            meanwhile = update(model).where(model.name == row.name).values(text=changed)
            session.execute(meanwhile.execution_options(synchronize_session=False))
        return real(session, hub, model, column, row)

    monkeypatch.setattr(resealing, "_one", and_meanwhile)
    reseal(fresh)
    assert keep.get("token") == "rotated"


def test_what_no_key_opens_is_told_and_stops_nothing(sealed: Scene, file: KeyFile) -> None:
    row = sealed.all(StoredDelivery)[0]
    with sealed.hub.database.transaction() as session:
        session.merge(row).body = b"\x01\xff\xff\xff\xff" + row.body[5:]
    add_key(sealed.hub, file, NOW)
    done = reseal(replace(sealed.hub, vault=file.vault()))
    assert done.closed == (f"deliveries.body:{row.connection_id}:{row.key}",)
    assert done.count > 5


def test_a_key_is_retired_neither_in_haste_nor_while_it_seals_nor_if_nobody_knows_it(
    sealed: Scene, file: KeyFile
) -> None:
    (old,) = file.ids()
    with pytest.raises(KeyInUse, match="this key seals"):
        retire_key(sealed.hub, file, old, LATER)
    add_key(sealed.hub, file, NOW)
    reseal(replace(sealed.hub, vault=file.vault()))
    with pytest.raises(KeyInUse, match="younger than a minute"):
        retire_key(sealed.hub, file, old, NOW + timedelta(seconds=59))
    with pytest.raises(NotFound, match="keys list"):
        retire_key(sealed.hub, file, "00000000", LATER)
    assert [one.seals for one in list_keys(sealed.hub, file)] == [True, False]


def test_the_key_file_stays_the_owners_alone_and_keeps_its_root(file: KeyFile) -> None:
    before = load_keys(file.path)
    file.add(NOW)
    after = load_keys(file.path)
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert after.root == before.root
    assert list(after.seals)[1:] == list(before.seals)
    assert [path.name for path in file.path.parent.iterdir() if "key" in path.name] == ["secret.key"]


def test_a_value_that_is_moved_to_another_person_stays_closed(sealed: Scene) -> None:
    """S31: within one merchant and across merchants, a sealed value opens only where it was sealed for."""
    sealed.tell(OrderPaid(order("5500002", buyer=friend("66", "zoe@example.com"))))
    one, other = [row for row in sealed.all(Identity) if row.sealed][:2]
    with pytest.raises(SealBroken, match="moved or changed"):
        sealed.hub.vault.open(one.sealed, identity_context(other.id))
    named = next(row for row in sealed.all(Person) if row.name)
    with pytest.raises(SealBroken, match="moved or changed"):
        sealed.hub.vault.open(named.name, name_context(contact("x").value))
