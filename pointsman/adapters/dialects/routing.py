"""Which dialect, operation and model a path means, and how a model's id stands in one. Pure.

Ids come from callers and from lists, and may not choose the path.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote, unquote

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Dialect, Route, Target, WriteFailure
from pointsman.core.error import InvalidRequest

_SIGNS: dict[str, tuple[str, ...]] = {
    "anthropic": ("anthropic-version", "x-api-key"),
    "gemini": ("x-goog-api-key", "x-goog-api-client"),
}
_HOMES = (
    ("/anthropic", "anthropic"),
    ("/v1/messages", "anthropic"),
    ("/openai", "openai-chat"),
    ("/v1beta", "gemini"),
    ("/v1alpha", "gemini"),
    ("/api", "ollama"),
)
"""Where only clients of one dialect look for anything."""
_PREFIXES = ("/openai/v1", "/v1beta", "/v1alpha", "/v1", "/api/v0", "/api/v1", "/api")


@attrs.frozen
class RouteMatch:
    """The route of a request, and the model in its path where the route has one there."""

    dialect: Dialect
    route: Route
    model: str | None = None


@attrs.frozen
class PathTable:
    """The routes of the dialects that a server serves; one that keeps paths for itself is not `bare`."""

    dialects: tuple[Dialect, ...]
    bare: bool = True

    def find(self, method: str, path: str, headers: Mapping[str, str]) -> RouteMatch | None:
        """The route of a request; HEAD counts as GET. `headers` (lower-case) settle a path that two dialects share."""
        wanted = "GET" if method == "HEAD" else method
        found = [found for found in self._at(path) if found.route.method == wanted]
        return max(found, key=lambda each: _rank(each, path, headers), default=None)

    def methods(self, path: str) -> tuple[str, ...]:
        """Which methods the path takes; none where it leads nowhere."""
        return tuple(sorted({found.route.method for found in self._at(path) if not _is_unknown_verb(found)}))

    def guess(self, path: str, headers: Mapping[str, str]) -> Dialect:
        """The dialect in which to say that a path leads nowhere, or takes another method."""
        served = max(self._at(path), key=lambda each: _rank(each, path, headers), default=None)
        if served is not None:
            return served.dialect
        likely = [name for start, name in _HOMES if f"{path}/".startswith(f"{start}/")]
        likely += [name for name, signs in _SIGNS.items() if any(sign in headers for sign in signs)]
        return next((dialect for name in likely for dialect in self.dialects if dialect.name == name), self.dialects[0])

    def _at(self, path: str) -> Iterable[RouteMatch]:
        for dialect in self.dialects:
            for route in dialect.routes:
                bases = dialect.bases + dialect.bare_bases if self.bare else dialect.bases
                if match := _pattern(bases, route.pattern).fullmatch(path):
                    named = match.groupdict()
                    model = named.get("model") or named.get("deployment")
                    yield RouteMatch(dialect, route, unquote(model) if model else None)


def _is_unknown_verb(found: RouteMatch) -> bool:
    """Whether a path such as `/models/m:fly` was only taken for the name of a model."""
    return found.route.pattern.endswith("{model}") and ":" in (found.model or "")


def _rank(found: RouteMatch, path: str, headers: Mapping[str, str]) -> tuple[bool, bool, int]:
    """The dialect that the headers show, then the one whose own path it is, then the pattern that says more of it."""
    signs = _SIGNS.get(found.dialect.name, ())
    own = path.startswith(found.route.pattern.partition("{")[0].rstrip("/"))
    return any(sign in headers for sign in signs), own, len(found.route.pattern.replace("{model}", ""))


@lru_cache(maxsize=1024)
def _pattern(bases: tuple[str, ...], pattern: str) -> re.Pattern[str]:
    """`pattern` under each of the base paths of its dialect; `{model}` takes slashes."""
    bare = next(
        (pattern.removeprefix(prefix) for prefix in _PREFIXES if prefix in bases and pattern.startswith(f"{prefix}/")),
        pattern,
    )
    rest = re.escape(bare).replace(re.escape("{model}"), "(?P<model>.+)")
    longest_first = sorted(bases, key=len, reverse=True)  # a model that takes slashes must not begin with a base path
    return re.compile(f"(?:{'|'.join(longest_first)}){rest}/?")


_NOT_IN_A_NAME = re.compile(r"[\x00-\x20\x7f?#\\]")


def model_path(target: Target, collections: tuple[str, ...]) -> Result[str, WriteFailure]:
    """The quoted path of the model, such as `/models/gemma%2F3`, or an `InvalidRequest` where none can be called that.

    `collections` are those that an id may name itself (`tunedModels/mine`); without one it is of the first of them,
    and every other slash belongs to the name. A `..`, a `?`, a `#`, a space or a control character is refused rather
    than quoted: servers and proxies disagree about when they unquote a path (RFC 3986, 2.4 and 6.2.2.3).
    """
    collection, _, name = resource_name(target.model, collections).partition("/")
    if not target.model or _NOT_IN_A_NAME.search(name) or any(part in ("", ".", "..") for part in name.split("/")):
        problem = f"model: {target.model[:200]!r} cannot be the name of a model"
        return Failure(InvalidRequest(detail=problem, problems=(problem,), provider=target.provider))
    return Success(f"/{collection}/{quote(name, safe='', errors='replace')}")


def resource_name(model: str, collections: tuple[str, ...]) -> str:
    """The model with its collection, as bodies name it: `models/x` of `x`."""
    return model if model.partition("/")[0] in collections and "/" in model else f"{collections[0]}/{model}"


DEPLOYMENT = "/openai/deployments/(?P<deployment>.+)"
"""As a regular expression: what a base path of OpenAI's chat may be."""
