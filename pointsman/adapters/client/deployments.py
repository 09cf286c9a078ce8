"""Azure's two ways of addressing a model: its v1 API, and deployments under a dated version of the API. Pure.

Source: learn.microsoft.com/azure/foundry/openai/api-version-lifecycle, and what `AzureOpenAI` of the openai package
asks.
"""

from __future__ import annotations

import re

import attrs
from returns.result import Result, Success

from pointsman.adapters.dialects.dialect import Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.model_path import model_path
from pointsman.core.chat.original import Pairs

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
