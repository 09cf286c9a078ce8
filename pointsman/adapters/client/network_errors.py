"""httpx's exceptions as our errors. The only place where they are named; `CAUGHT` is what a caller catches."""

from __future__ import annotations

import ssl
from errno import ENETUNREACH
from typing import TypeVar
from urllib.parse import urlsplit

import attrs
import httpx

from pointsman.adapters.client.endpoint import Endpoint
from pointsman.adapters.http1.exchange import Misconfigured, TotalTimeout
from pointsman.adapters.http1.httpx_transport import causes
from pointsman.core.error import (
    ConfigurationError,
    Fault,
    InvalidResponse,
    NetworkError,
    Phase,
    ProviderError,
    TimeoutError,
    configuration_error,
)
from pointsman.core.loopback import is_loopback
from pointsman.core.security.secret import redact

CAUGHT = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError)
_AFTER_SENDING: frozenset[Phase] = frozenset({"first_byte", "idle", "total"})
_Error = TypeVar("_Error", bound=Fault)


def network_fault(problem: BaseException, endpoint: Endpoint, model: str, phase: Phase = "first_byte") -> ProviderError:
    """The error that `problem` stands for; `phase` is what was waited for when a read timed out."""
    match problem:
        case TotalTimeout(seconds=seconds, sent=sent):
            return timed_out(endpoint, model, "total", seconds, sent=sent)
        case httpx.ConnectTimeout():
            return timed_out(endpoint, model, "connect")
        case httpx.PoolTimeout():
            return timed_out(endpoint, model, "pool")
        case httpx.WriteTimeout():
            return timed_out(endpoint, model, "write")
        case httpx.TimeoutException():
            return timed_out(endpoint, model, phase)
        case Misconfigured():
            return _wrongly_set(endpoint, model, str(problem))
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return _wrongly_set(endpoint, model, f"the base URL {endpoint.base_url!r} is not one that can be asked")
        case httpx.DecodingError():
            said = f"the answer cannot be unpacked ({problem})"
            return InvalidResponse(detail=said, problems=(said,), provider=endpoint.provider, model=model or None)
        case httpx.ConnectError():
            return _connect_fault(problem, endpoint, model)
        case httpx.ProxyError():
            return _network_error(endpoint, model, redact(str(problem), endpoint.secrets))
        case _:
            pass
    said = redact(str(problem), endpoint.secrets)
    detail = f"the connection to {endpoint.base_url} broke" + (f" ({said})" if said and "broke" not in said else "")
    unsent = isinstance(problem, (httpx.WriteError, httpx.LocalProtocolError))
    return _network_error(endpoint, model, detail, sent=not unsent)


def _network_error(endpoint: Endpoint, model: str, detail: str, *, sent: bool = False) -> NetworkError:
    return NetworkError(detail=detail, provider=endpoint.provider, model=model or None, sent=sent)


def _wrongly_set(endpoint: Endpoint, model: str, detail: str) -> ConfigurationError:
    return configuration_error(detail, provider=endpoint.provider, model=model or None)


def _connect_fault(problem: httpx.ConnectError, endpoint: Endpoint, model: str) -> ProviderError:
    """Nobody is there; or somebody is whose certificate, or whose TLS, is not what it should be."""
    for cause in causes(problem):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _wrongly_set(endpoint, model, _distrust_detail(endpoint.base_url, cause))
        if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS:
            detail = f"what answers at {endpoint.base_url} does not speak TLS; is its address http:// and not https://?"
            return _wrongly_set(endpoint, model, detail)
        if isinstance(cause, OSError) and cause.errno == ENETUNREACH and is_loopback(_host(endpoint.base_url)):
            said = f"{endpoint.base_url} is on this machine, whose loopback network is down (`ip link set lo up`)"
            return _network_error(endpoint, model, said)
    return _network_error(endpoint, model, f"nothing answers at {endpoint.base_url}")


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL")
_HOST_MISMATCH = frozenset({62, 64})
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""
_EXPIRED = 10


def _distrust_detail(base_url: str, problem: ssl.SSLCertVerificationError) -> str:
    """What is wrong with a certificate, and how to trust it."""
    how = "or, if you trust the server whoever it is, set verify_tls = false for the provider"
    if problem.verify_code in _HOST_MISMATCH:
        return f"the TLS certificate of {base_url} is for another name; use the name that it is for, {how}"
    if problem.verify_code == _EXPIRED:
        return f"the TLS certificate of {base_url} has expired; have it renewed, {how}"
    return (
        f"the TLS certificate of {base_url} is not trusted ({problem.verify_message}); name the file of the authority"
        f" that signed it by SSL_CERT_FILE, {how}"
    )


def timed_out(
    endpoint: Endpoint, model: str, phase: Phase, seconds: float | None = None, *, sent: bool | None = None
) -> ProviderError:
    """A timeout of `phase`; `seconds` where the request had its own limit, `sent` where the phase does not say it."""
    limits = endpoint.timeouts
    waited = (
        seconds
        or {
            "connect": limits.connect,
            "first_byte": limits.first_byte,
            "idle": limits.idle,
            "total": limits.total,
            "pool": limits.connect,
            "write": limits.idle,
        }[phase]
    )
    return TimeoutError(
        detail=f"{_WAITED_FOR[phase]} within {waited:g} s",
        timeout_ms=waited * 1000,
        phase=phase,
        provider=endpoint.provider,
        model=model or None,
        sent=phase in _AFTER_SENDING if sent is None else sent,
    )


def after_sending(error: _Error) -> _Error:
    """`error` of a request that had gone out: what broke then, or fell silent, may have been served all the same."""
    return attrs.evolve(error, sent=True) if isinstance(error, (NetworkError, TimeoutError)) else error


_WAITED_FOR: dict[Phase, str] = {
    "connect": "no connection",
    "first_byte": "no answer",
    "idle": "the stream fell silent: nothing more came",
    "total": "the answer was not complete",
    "pool": "no free connection",
    "write": "the request could not be sent",
}
