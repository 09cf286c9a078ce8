"""A provider of identities on a real socket, as strict as the standards: each code once, PKCE by S256, our secret.

Whoever comes is signed in as `subject`; `fault` says what its next token is wrong in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import attrs
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "pointsman", "a client's +secret/ with %"


@attrs.define(eq=False)
class StrictProvider:
    """What it is, whom it signs in, and what was asked of it."""

    issuer: str
    subject: str = "ann"
    claims: dict[str, Any] = attrs.field(factory=lambda: {"groups": ["staff"]})
    fault: str = ""
    key: RSAKey = attrs.field(factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, auto_kid=False))
    codes: dict[str, dict[str, str]] = attrs.field(factory=dict)
    asked: list[str] = attrs.field(factory=list)

    def about(self) -> dict[str, Any]:
        """The discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def keys(self) -> dict[str, Any]:
        """The public keys."""
        return dict(KeySet([self.key]).as_dict(private=False))

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to, with a code."""
        wrong = [
            name
            for name, value in (("response_type", "code"), ("client_id", CLIENT), ("code_challenge_method", "S256"))
            if query.get(name) != value
        ]
        assert not wrong, wrong
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**query, "sub": self.subject, "claims": json.dumps(self.claims)}
        back = {"code": code, "state": query["state"], "iss": self.issuer, "session_state": "x"}
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The answer to a code."""
        both = base64.b64encode(f"{quote(CLIENT, safe='')}:{quote(SECRET, safe='').replace('%20', '+')}".encode())
        if authorization != f"Basic {both.decode()}":
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form.get("code", ""), None)  # once
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": self.sign(asked)}

    def sign(self, asked: dict[str, str]) -> str:
        """The token, with its fault."""
        now = int(time.time())
        claims: dict[str, Any] = {
            **json.loads(asked["claims"]),
            "iss": self.issuer,
            "sub": asked["sub"],
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        }
        faults: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "another"},
            "no nonce": {"nonce": None},
            "audience": {"aud": "another"},
            "audiences": {"aud": [CLIENT, "another"], "azp": "another"},
            "issuer": {"iss": "https://another.example"},
            "expired": {"exp": now - 3600, "iat": now - 7200},
            "no subject": {"sub": ""},
        }
        claims |= faults.get(self.fault, {})
        header = {"alg": "RS256", "kid": "one"}
        if self.fault == "alg none":
            return f"{_packed({'alg': 'none'})}.{_packed(claims)}."
        if self.fault == "HS256":  # with the public key, which everybody has, as the secret
            return _signed_by_secret(claims, self.key.as_pem(private=False))
        if self.fault == "other key":
            return jwt.encode(header, claims, RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False))
        token = jwt.encode(header, claims, self.key)
        if self.fault == "tampered":
            head, _, signature = token.split(".")
            return f"{head}.{_packed(claims | {'sub': 'owner'})}.{signature}"
        return token


def _packed(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _signed_by_secret(claims: dict[str, Any], key: bytes) -> str:
    signing = f"{_packed({'alg': 'HS256', 'kid': 'one'})}.{_packed(claims)}"
    made = hmac.new(key, signing.encode(), "sha256").digest()
    return f"{signing}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"


@contextmanager
def strict_provider() -> Iterator[StrictProvider]:
    """The provider, as long as the scope lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.asked.append(parts.path)
            if parts.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(303)
                self.send_header("location", provider.authorize(query))
                self.end_headers()
                return
            known = {"/.well-known/openid-configuration": provider.about, "/keys": provider.keys}
            self._tell(200, known[parts.path]())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._tell(*provider.token(form, self.headers.get("authorization", "")))

        def _tell(self, status: int, told: dict[str, Any]) -> None:
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *told: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = StrictProvider(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
