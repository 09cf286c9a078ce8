"""httpx's exceptions as our errors. The only place where they are named; `CAUGHT` is what a caller catches."""

from __future__ import annotations

import ssl

import httpx

from pointsman.adapters.http.endpoint import Endpoint
from pointsman.adapters.http.exchange import TotalTimeout
from pointsman.core.error import ConfigurationError, NetworkError, Phase, ProviderError, TimeoutError
from pointsman.core.secret import redact

CAUGHT = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError)


def network_fault(problem: BaseException, endpoint: Endpoint, model: str, phase: Phase = "first_byte") -> ProviderError:
    """The error that `problem` stands for; `phase` is what was waited for when a read timed out."""
    provider, model_name = endpoint.provider, model or None
    match problem:
        case TotalTimeout(seconds=seconds):
            return timed_out(endpoint, model, "total", seconds)
        case httpx.ConnectTimeout():
            return timed_out(endpoint, model, "connect")
        case httpx.PoolTimeout():
            return timed_out(endpoint, model, "pool")
        case httpx.WriteTimeout():
            return timed_out(endpoint, model, "write")
        case httpx.TimeoutException():
            return timed_out(endpoint, model, phase)
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            detail = f"the base URL {endpoint.base_url!r} is not one that can be asked"
            return ConfigurationError(detail=detail, problems=(detail,), provider=provider, model=model_name)
        case httpx.ConnectError() if "certificate" in str(problem).lower():
            detail = (
                f"the TLS certificate of {endpoint.base_url} is not trusted; use verify_tls = false if you trust it"
            )
            return NetworkError(detail=detail, provider=provider, model=model_name)
        case httpx.ConnectError():
            return NetworkError(detail=f"nothing answers at {endpoint.base_url}", provider=provider, model=model_name)
        case _:
            pass
    said = redact(str(problem), endpoint.secrets)
    detail = f"the connection to {endpoint.base_url} broke" + (f" ({said})" if said and "broke" not in said else "")
    return NetworkError(detail=detail, provider=provider, model=model_name)


def timed_out(endpoint: Endpoint, model: str, phase: Phase, seconds: float | None = None) -> ProviderError:
    """A timeout of `phase`; `seconds` where the request had its own limit."""
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
    )


_WAITED_FOR: dict[Phase, str] = {
    "connect": "no connection",
    "first_byte": "no answer",
    "idle": "the stream fell silent: nothing more came",
    "total": "the answer was not complete",
    "pool": "no free connection",
    "write": "the request could not be sent",
}
