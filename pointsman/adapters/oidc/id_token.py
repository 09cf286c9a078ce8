"""ID tokens, verified by joserfc: signed by a key of the provider, by an algorithm of public keys, for us, now.

Source: OpenID Connect Core 1.0, 3.1.3.7. It asks nobody anything.
"""

from __future__ import annotations

from typing import cast

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from returns.result import Failure, Result, Success

from pointsman.core.json import Json, JsonObject
from pointsman.core.security.identity import Identity

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Those of public keys. `none` signs nothing, and by `HS256` whoever knows the public key could sign."""
_LEEWAY = 60
"""Seconds by which the clocks may differ."""


class UnknownKey:
    """The token names a key that is not among those given: the provider may have a new one."""


def read_id_token(
    token: str, keys: JsonObject, *, issuer: str, client: str, nonce: str, now: float
) -> Result[Identity, str | UnknownKey]:
    """Who the token is about, or a clause that says why it is not believed."""
    try:
        known = KeySet.import_key_set(cast("KeySetSerialization", keys))
        claims = jwt.decode(token, known, algorithms=ALGORITHMS).claims
        registry = jwt.JWTClaimsRegistry(
            now=int(now),
            leeway=_LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(claims)
    except InvalidKeyIdError:
        return Failure(UnknownKey())
    except JoseError as problem:
        return Failure(f"its token is not good ({problem.error})")
    except (ValueError, TypeError, KeyError, AttributeError):  # of keys and tokens that are not as the standards say
        return Failure("its token, or its keys, are garbled")
    return _identity(claims, client)


def _identity(claims: dict[str, Json], client: str) -> Result[Identity, str]:
    issuer, subject, audience = claims["iss"], claims["sub"], claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != client:
        return Failure("its token is for several, and not for us by name (azp)")
    if not isinstance(issuer, str) or not isinstance(subject, str) or not 0 < len(subject) <= 255:
        return Failure("its token does not say who it is about")
    return Success(Identity(issuer=issuer, subject=subject, claims=claims))
