"""What is known of a provider before any user has set anything. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

import attrs

from pointsman.adapters.dialects.dialect import Quirks
from pointsman.core.images.image_limits import UNKNOWN_LIMITS, ImageLimits
from pointsman.core.money.price import NO_PRICE_LISTS, PriceLists
from pointsman.core.money.settlement import WhenLeft

DialectName: TypeAlias = Literal["openai-chat", "openai-responses", "anthropic", "gemini", "ollama"]
Presets: TypeAlias = Mapping[str, tuple[str, ...]]
"""Models by tier: `best` answers hardest questions, `fast` costs least, `balanced` lies between; `local` run on one's
own machine."""
Auth: TypeAlias = Literal["bearer", "x-api-key", "x-goog-api-key", "api-key", "none"]


@attrs.frozen
class HeaderVariable:
    """A variable that is sent as the header `name`, after `prefix`; with `is_key` it stands in for a key."""

    variable: str
    name: str
    prefix: str = ""
    is_key: bool = False


@attrs.frozen(kw_only=True)
class Provider:
    """One provider.

    `base_url` is as the vendor's own SDK takes it, without a slash at its end; None where every user has their own.
    Of the variables the first that is set wins. `path` is appended to a base URL that has no path of its own.
    `slashed_ids`: the ids of its models may hold slashes (`openai/gpt-oss-20b`), as those of local servers may.
    `host_variables` name a host, a port or both, as the vendor's own tools read them; `port` is that of who names none.
    `header_variables` are sent as headers.
    `images` says what pictures it takes, `sounds` what sound a message may hold, by MIME type (None: not known).
    `has_deployments`: it is Azure, where a version of the API may ask for the model, a deployment, in the path.
    `twin_of` names the row whose variables it shares: it is taken only where it is asked for by name.
    `transcribes` says whether the provider documents its dialect's transcription endpoint at that address.
    """

    name: str
    title: str
    other_names: tuple[str, ...] = ()
    """What other programs call it, in small letters."""
    twin_of: str | None = None
    dialect: DialectName = "openai-chat"
    base_url: str | None
    path: str = ""
    key_variables: tuple[str, ...] = ()
    base_url_variables: tuple[str, ...] = ()
    host_variables: tuple[str, ...] = ()
    port: int | None = None
    header_variables: tuple[HeaderVariable, ...] = ()
    api_version_variables: tuple[str, ...] = ()
    has_deployments: bool = False
    model_variables: tuple[str, ...] = ()
    auth: Auth = "bearer"
    key_required: bool = True
    default_model: str | None = None
    default_embedding_model: str | None = None
    transcribes: bool = False
    default_transcription_model: str | None = None
    local: bool = False
    slashed_ids: bool = False
    quirks: Quirks = Quirks()
    images: ImageLimits = UNKNOWN_LIMITS
    sounds: frozenset[str] | None = None
    catalog: Literal["dialect", "lmstudio"] = "dialect"
    health_path: str | None = None
    docs: str = ""
    presets: Presets = MappingProxyType({})
    """Recommended models, in tiers."""
    prices: PriceLists = NO_PRICE_LISTS
    """Where the prices of its models stand; nowhere, for a server of one's own."""
    telemetry_name: str | None = None
    """What OpenTelemetry's conventions call it (`gen_ai.provider.name`); None: its own name."""
    family: str | None = None
    """The family of those of its models whose names do not say one; None: its own name."""
    when_left: WhenLeft = "unknown"
    """What becomes of a stream whose client has left."""
    is_reference: bool = False
    """Its rules are those of its dialect; others who speak the dialect have rules of their own."""
    is_simulated: bool = False
    """Whether `pointsman simulate` names it: for others who are asked in the same way one stands in."""
    is_looked_for: bool = False
    """Whether it is looked for on this machine where nothing is configured, in the order of the table."""
    is_run_here: bool = False
    """Its models are run by us, each by an engine of its own, unless somebody gives it an address."""
    is_installed: bool = False
    """It comes with another package, which is loaded: it has no address that is asked over HTTP."""

    @property
    def key_headers(self) -> frozenset[str]:
        """Headers that stand in for a key."""
        return frozenset(one.name for one in self.header_variables if one.is_key)
