"""An issuer of OpenID Connect on loopback, by the protocol: discovery, codes with PKCE, signed tokens."""

import json
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "referhub", "what the issuer knows us by"


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Person:
    """Somebody the issuer knows."""

    sub: str = "mia-1"
    email: str = "mia@tea.example"
    email_verified: Any = True
    name: str = "Mia"
    groups: list[str] = field(default_factory=list)


@dataclass
class Issuer:
    """What it signs with, whom it knows, and how it may lie."""

    address: str = ""
    key: rsa.RSAPrivateKey = field(default_factory=_new_key)
    signs_with: rsa.RSAPrivateKey | None = None
    lies: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, tuple[dict[str, str], Person]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def agree(self, location: str, person: Person) -> str:
        """The person signs in at the address a browser was sent to; where the issuer sends it back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self.codes[code] = (asked, person)
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def discovery(self) -> dict[str, Any]:
        """Where what is."""
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def keys(self) -> dict[str, Any]:
        """The public key."""
        told = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [told | {"kid": "one", "use": "sig", "alg": "RS256"}]}

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """A code for an ID token: once, with the verifier of whoever began."""
        asked, person = self.codes.pop(form.get("code", ""), ({}, None))
        proof = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if person is None or asked.get("code_challenge") != proof or asked.get("code_challenge_method") != "S256":
            return 400, {"error": "invalid_grant"}
        told = vars(person) | {"iss": self.address, "aud": CLIENT, "iat": int(time()), "exp": int(time()) + 60}
        told |= {"nonce": asked.get("nonce"), "auth_time": int(time())} | self.lies
        signed = jwt.encode(told, self.signs_with or self.key, "RS256", headers={"kid": "one"})
        return 200, {"access_token": "unused", "token_type": "Bearer", "expires_in": 60, "id_token": signed}


@contextmanager
def issuer() -> Iterator[Issuer]:
    """An issuer that answers for the length of the block."""
    found = Issuer()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pages = {"/.well-known/openid-configuration": found.discovery, "/keys": found.keys}
            self._say(200, pages[self.path]())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(*found.token({name: values[0] for name, values in parse_qs(body).items()}))

        def _say(self, status: int, told: dict[str, Any]) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_told: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        found.address = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()
