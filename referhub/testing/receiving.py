"""Checks of `receive`: who is proven, who is not, and by which name a delivery is known."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from referhub import BadSignature, Delivery, NotAccepted, Reception, WebhookRequest, settings_of
from referhub.testing.faulty_http import FaultyHttp
from referhub.testing.ground import Ground, Opening
from referhub.testing.recordings import Recording
from referhub.testing.verdict import missing, require
from referhub.testing.watched import Watched

LONGEST_KEY = 255
SOME_PLACES = 24


class ReceivingChecks(Ground):
    """Prove the sender, split the request; no I/O, no parsing before proof."""

    def test_there_are_recordings_of_two_deliveries(self, recordings: list[Recording]) -> None:
        require(
            len(recordings) >= 2,
            "a connector is tried with what its source really sends",
            found=f"{len(recordings)} recordings",
            mend="put at least two NAME.http into recordings_folder: a request line, headers, an empty line, the body",
        )

    def test_a_proven_request_is_accepted(
        self, connector: Watched, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        for one in recordings:
            reception = self._received(connector, one, settings)
            require(
                isinstance(reception, Reception) and all(isinstance(got, Delivery) for got in reception.deliveries),
                "receive returns a Reception of deliveries",
                found=f"{one.name}: {reception!r}",
                mend="return Reception((Delivery(...),))",
            )
            require(
                200 <= reception.reply.status < 300,
                "what is stored is acknowledged with a 2xx, or the source sends it again for ever",
                found=f"{one.name}: {reception.reply.status}",
                mend="leave the reply as it is, or give it the status and body your source waits for",
            )

    def test_an_altered_body_is_refused(
        self, connector: Watched, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        if "body" not in self.covered:
            return _require_secret_address(self, connector)
        for one in recordings:
            genuine = self.signed(one.request, settings)
            for body in _altered(genuine.body):
                self._refused(connector, replace(genuine, body=body), f"{one.name} with another body")
        return None

    def test_an_altered_signature_is_refused(
        self, connector: Watched, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        if not self.signature_headers:
            if "path" in self.covered:
                return _require_secret_address(self, connector)
            missing("`signature_headers`", 'name the headers that prove the sender: ("x-acme-signature",)')
        for one in recordings:
            genuine = self.signed(one.request, settings)
            for name in self.signature_headers:
                for headers in _altered_header(genuine.headers, name):
                    self._refused(connector, replace(genuine, headers=headers), f"{one.name} with another {name}")
        return None

    def test_an_empty_secret_proves_nobody(self, recordings: list[Recording], settings: Mapping[str, str]) -> None:
        optional = [
            spec.name
            for spec in settings_of(self.connector_class.config_class)
            if spec.is_secret and not spec.is_required
        ]
        for name in optional:
            without = {**settings, name: ""}
            for one in recordings:
                forged = self.signed(one.request, without)
                if forged != self.signed(one.request, settings):
                    connector = Watched(self.opened(without, FaultyHttp()), FaultyHttp(), self.secrets(without))
                    self._refused(connector, forged, f"{one.name}, signed with an empty {name}")

    def test_an_altered_address_is_refused_where_the_proof_covers_it(
        self, connector: Watched, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        unknown = self.covered - {"body", "method", "path", "query"}
        require(not unknown, "`covered` knows body, method, path and query", found=unknown, mend="mend the spelling")
        for one in recordings:
            genuine = self.signed(one.request, settings)
            for altered in _altered_address(genuine, self.covered):
                self._refused(connector, altered, f"{one.name} at another address")

    def test_nobody_is_asked_while_receiving(
        self, another: Opening, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        for one in recordings:
            connector = another()
            connector.tell("receive", self.signed(one.request, settings))
            require(
                not connector.http.calls,
                "receive makes no request: the source waits for its answer, and nothing is stored yet",
                found=connector.http.calls,
                mend="fetch in read",
            )

    def test_a_retry_has_the_same_keys(
        self, connector: Watched, another: Opening, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        for one in recordings:
            first = self._keys(connector, one, settings)
            later = replace(one.request, received_at=one.request.received_at + timedelta(minutes=2))
            again = self._keys(another(), replace(one, request=later), settings)
            require(
                first == again,
                "a delivery's key is the same on every retry, in every process",
                found=f"{one.name}: {first}, then {again}",
                mend="use the source's own number of the delivery, or a hash of the body; no time, no counter, "
                "no hash() of Python",
            )

    def test_different_deliveries_have_different_keys(
        self, connector: Watched, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        keys = [key for one in recordings for key in self._keys(connector, one, settings)]
        require(
            len(set(keys)) == len(keys),
            "different deliveries have different keys: the second of two alike is thrown away",
            found=keys,
            mend="let the key name the delivery, not only the order or the topic",
        )

    def test_a_key_fits_its_column(
        self, connector: Watched, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        for key in [key for one in recordings for key in self._keys(connector, one, settings)]:
            require(
                isinstance(key, str) and 0 < len(key) <= LONGEST_KEY and key.isprintable(),
                f"a key is a printable text of at most {LONGEST_KEY} characters",
                found=repr(key),
                mend="hash what is longer: hashlib.sha256(...).hexdigest()",
            )

    def test_no_proof_is_stored(
        self, connector: Watched, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        for one in recordings:
            genuine = self.signed(one.request, settings)
            proofs = [genuine.headers[name] for name in self.signature_headers if name in genuine.headers]
            secret_part = connector.connector.webhook_path().strip("/")
            for delivery in self._received(connector, one, settings).deliveries:
                kept = [delivery.key, delivery.topic, delivery.subject, *delivery.headers, *delivery.headers.values()]
                shown = [proof for proof in (*proofs, secret_part) if proof and any(proof in text for text in kept)]
                require(
                    not shown,
                    "a delivery holds no signature and no secret of the address: it is stored and shown",
                    found=f"{one.name}: {dict(delivery.headers)}",
                    mend="copy into Delivery.headers only the headers that read will need",
                )

    def test_whatever_comes_is_refused_in_the_words_of_the_contract(
        self, another: Opening, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        connector = another()
        for one in recordings:
            for request in _strange(self.signed(one.request, settings)):
                self._refused(connector, request, f"something that only looks like {one.name}")

    def test_a_proven_sender_may_send_nonsense(
        self, another: Opening, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        connector = another()
        for one in recordings:
            for body in (b"", b"\xff\xfe", b"null", b"[]", b"{", b"[" * 50_000, b"<a/>", b"7"):
                told = connector.tell("receive", self.signed(replace(one.request, body=body), settings))
                require(
                    isinstance(told, (Reception, BadSignature, NotAccepted)),
                    "receive stores what is proven, or refuses it with BadSignature or NotAccepted",
                    found=f"{body[:20]!r} gave {told!r}",
                    mend="raise NotAccepted(400, why) for what is no message at all; leave the rest to read",
                )

    def _received(self, connector: Watched, one: Recording, settings: Mapping[str, str]) -> Any:
        return connector.must("receive", self.signed(one.request, settings))

    def _keys(self, connector: Watched, one: Recording, settings: Mapping[str, str]) -> list[str]:
        return [delivery.key for delivery in self._received(connector, one, settings).deliveries]

    def _refused(self, connector: Watched, request: WebhookRequest, what: str) -> None:
        told = connector.tell("receive", request)
        require(
            isinstance(told, (BadSignature, NotAccepted)),
            "who is not proven is refused, and nothing is stored",
            found=f"{what} gave {told!r}",
            mend="compute the signature over the raw bytes as they came, compare with hmac.compare_digest (both as "
            "bytes: a header may hold anything), and raise BadSignature before anything is parsed",
        )


def _require_secret_address(checks: Ground, connector: Watched) -> None:
    require(
        "path" in checks.covered and connector.connector.webhook_path().strip("/"),
        "where nothing is signed, the address itself is the secret",
        found=f"covered = {set(checks.covered)}, webhook_path() = {connector.connector.webhook_path()!r}",
        mend='give the connector a setting(generated=True, secret=True), return it from webhook_path(), and add "path" '
        "to `covered`",
    )


def _altered(body: bytes) -> Iterator[bytes]:
    yield from (body + b" ", b" " + body, body[:-1], b"")
    places = range(len(body)) if len(body) <= SOME_PLACES else random.Random(7).sample(range(len(body)), SOME_PLACES)  # noqa: S311
    for place in places:
        yield body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


def _altered_header(headers: Mapping[str, str], name: str) -> Iterator[dict[str, str]]:
    value = headers.get(name, "")
    yield {other: text for other, text in headers.items() if other != name}
    odd = ["", " ", "é", "0" * len(value), "0" * 100_000, value[: len(value) // 2], value.swapcase()]
    # Not the last two: of a base64 text they may hold bits that mean nothing.
    odd += [
        value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :] for place in range(len(value) - 2)
    ]
    for text in odd:
        if text != value and not (text == value.swapcase() and _is_hex(value)):
            yield {**headers, name: text}


def _is_hex(text: str) -> bool:
    return all(letter in "0123456789abcdefABCDEF" for letter in text)


def _altered_address(request: WebhookRequest, covered: frozenset[str]) -> Iterator[WebhookRequest]:
    if "method" in covered:
        yield replace(request, method="PUT")
    if "path" in covered:
        last = request.path[-1:]
        yield replace(request, path=request.path + "x")
        yield replace(request, path=request.path[:-1])
        yield replace(request, path=request.path[:-1] + ("y" if last == "x" else "x"))
        yield replace(request, path=request.path.rpartition("/")[0])
        yield replace(request, path=request.path.rpartition("/")[0] + "/é")
    if "query" in covered:
        yield replace(request, query=request.query + "&a=1" if request.query else "a=1")


def _strange(genuine: WebhookRequest) -> Iterator[WebhookRequest]:
    """Without any proof: no headers at all, and an address that nobody gave out."""
    bare = replace(genuine, headers={}, path="/hooks/nobody")
    for body in (genuine.body, b"", b"\x00" * 64, b"{" * 50_000, "é".encode("utf-16")):
        yield replace(bare, body=body)
    for name in genuine.headers:
        yield replace(bare, headers={name: "é\x7f" * 300})
