"""Where one provider's requests go and how, Azure's deployments included: a frozen record, built by the layers.

Source: learn.microsoft.com/azure/foundry/openai/api-version-lifecycle, and what `AzureOpenAI` of the openai package
asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, TypeAlias

import attrs
from returns.result import Result, Success

from pointsman.adapters.client.pictures import FitImage
from pointsman.adapters.dialects.dialect import Codec, Dialect, Holding, Quirks, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.routing import model_path
from pointsman.core.chat.original import Pairs
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.models.model import ModelInfo, ModelPage, ModelQuery
from pointsman.core.security.secret import Secret
from pointsman.core.settings import Timeouts

API_VERSION = "api-version"
_FORM = re.compile(r"(?P<root>.*/openai)(?:/v1|/deployments/(?P<deployment>[^/]+))?")
_UNDATED = frozenset(("v1", "preview", "latest"))
"""Versions of the v1 API, whose paths name no deployment."""
_OF_A_DEPLOYMENT = frozenset(("/chat/completions", "/completions", "/embeddings", "/audio/transcriptions"))
"""Paths that stand below a deployment; all others (models, responses) have their model in the body, or none."""


@attrs.frozen
class Deployments:
    """How one Azure resource is asked, beside its address."""

    plain: str = ""
    """What stands between the address and the paths of the v1 API."""
    api_version: str | None = None
    deployment: str | None = None
    """The one that is asked whatever the model is called, where the address names it."""

    def locate(self, wire: WireRequest, target: Target) -> Result[WireRequest, WriteFailure]:
        """`wire` with its path and its version; a client's own version, which stands in its query, wins."""
        if wire.from_origin:
            return Success(wire)
        version = dict(wire.query).get(API_VERSION) or self.api_version
        query = without_version(wire.query) + (((API_VERSION, version),) if version else ())
        if version is None or version in _UNDATED:
            return Success(attrs.evolve(wire, path=self.plain + wire.path, query=query))
        if wire.path not in _OF_A_DEPLOYMENT:
            return Success(attrs.evolve(wire, query=query))
        named = attrs.evolve(target, model=self.deployment or target.model)
        return model_path(named, ("deployments",)).map(
            lambda path: attrs.evolve(wire, path=path + wire.path, query=query)
        )


def read_deployments(base_url: str, api_version: str | None) -> tuple[str, Deployments]:
    """An Azure address as far as `/openai`, and how it goes on from there.

    It may end there, in `/openai/v1`, or in `/openai/deployments/NAME`; any other is the v1 API's as it stands.
    """
    form = _FORM.fullmatch(base_url)
    if form is None:
        return base_url, Deployments("", api_version)
    return form["root"], Deployments("/v1", api_version, form["deployment"])


def without_version(query: Pairs) -> Pairs:
    """`query` without an `api-version`, which providers other than Azure do not know."""
    return tuple(pair for pair in query if pair[0] != API_VERSION)


Auth: TypeAlias = Literal["bearer", "x-api-key", "x-goog-api-key", "api-key", "none"]

_BEARER = "Bearer "
_NO_SECRETS = frozenset(
    (
        *("accept", "anthropic-beta", "anthropic-version", "content-type", "http-referer", "openai-beta", "user-agent"),
        *("x-title", "x-openrouter-title", "x-openrouter-categories"),
    )
)
"""Headers that hold words which an answer may hold as well, such as the name of a beta."""


@attrs.frozen(kw_only=True)
class Endpoint:
    """One provider as the HTTP client sees it.

    `base_url` has no slash at its end. `model_lists` are tried in order until one answers, before the dialect's own.
    `timeouts` are in seconds. `max_body` is the most bytes of an answer, and of one event of a stream.
    """

    provider: str
    dialect: Dialect
    base_url: str
    key: Secret | None = None
    auth: Auth = "bearer"
    headers: tuple[tuple[str, Secret], ...] = ()
    quirks: Quirks = Quirks()
    timeouts: Timeouts = attrs.field(factory=Timeouts)
    transcribe: Codec[TranscriptionRequest, Transcription] | None = None
    model_lists: tuple[Codec[ModelQuery, ModelPage], ...] = ()
    model_details: Codec[str, ModelInfo] | None = None
    running_models: Codec[ModelQuery, ModelPage] | None = None
    health_path: str | None = None
    deployments: Deployments | None = None
    """How the address goes on, where the provider is Azure."""
    fit_image: FitImage | None = None
    """Makes of a picture one that the provider takes."""
    holding: Holding | None = None
    """How a model is kept loaded, where the server can."""
    hold_seconds: float | None = None
    """For how long each request has its model kept loaded."""
    model_cache_ttl: float = 300.0
    max_output: Callable[[str], int | None] = lambda model: None
    """The most tokens that a model can write, where that is known."""
    max_body: int = 64 * 2**20
    secrets: tuple[Secret, ...] = attrs.field(
        init=False, eq=False, repr=False, default=attrs.Factory(lambda self: _secrets_of(self), takes_self=True)
    )
    """All that must never be shown."""

    def target(self, model: str, nonce: str = "") -> Target:
        """Whom the dialect talks to; `nonce` is different in every call."""
        return Target(self.provider, model, self.quirks, nonce, self.max_output(model))

    def locate(self, wire: WireRequest, model: str) -> Result[WireRequest, WriteFailure]:
        """`wire` with the path and the query that the provider has for it."""
        if self.deployments is not None:
            return self.deployments.locate(wire, self.target(model))
        return Success(attrs.evolve(wire, query=without_version(wire.query)) if wire.query else wire)

    def auth_header(self) -> tuple[tuple[str, str], ...]:
        """The header that carries the key, if there is a key."""
        if self.key is None or not self.key or self.auth == "none":
            return ()
        if self.auth == "bearer":
            return (("authorization", f"{_BEARER}{self.key.reveal()}"),)
        return ((self.auth, self.key.reveal()),)


def _secrets_of(endpoint: Endpoint) -> tuple[Secret, ...]:
    headers = [value for name, value in endpoint.headers if name.lower() not in _NO_SECRETS]
    bare = (Secret(value.reveal()[len(_BEARER) :]) for value in headers if value.reveal().startswith(_BEARER))
    return (*((endpoint.key,) if endpoint.key else ()), *headers, *bare)
