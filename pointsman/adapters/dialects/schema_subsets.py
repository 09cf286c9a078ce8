"""What each vendor takes of JSON Schema where it enforces one: data, with its sources. Looked up in October 2026.

OpenAI, https://developers.openai.com/api/docs/guides/structured-outputs#supported-schemas: every object closed, every
property required, no allOf/not/if/dependent*, `$ref` alone, recursion taken; up to 5,000 properties, 10 levels of
nesting, 1,000 enum values, 120,000 characters in names and values. Whether a list counts as a level is not said; here
it does. `minLength` and `maxLength` are not among the supported keywords it lists.

Anthropic, https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations: every
object closed, no recursion, no bounds of numbers and lengths, `minItems` 0 or 1, enums of plain values; 24 optional
parameters and 16 union parameters, 20 strict tools in a request. What it does not take is answered with 400.

Gemini, https://ai.google.dev/api/generate-content#v1beta.GenerationConfig (`responseJsonSchema`): $defs, $ref (with
nothing beside it), type, format, title, description, enum of texts and numbers, items, prefixItems, minItems, maxItems,
minimum, maximum, anyOf, oneOf (as anyOf), properties, additionalProperties, required; a schema may hold itself only
within a property that is not required. The order of properties is kept, so `propertyOrdering` is not sent.

llama.cpp, and Ollama with it, turn a schema into a grammar,
https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md#json-schemas--gbnf and its
common/json-schema-to-grammar.cpp: nearly all is taken, recursion included, but `allOf` and properties beside `anyOf`
are not joined, `$ref: "#"` and `items: false` are errors, bounds are for integers, patterns go from ^ to $, and what is
not known is skipped in silence.
"""

from __future__ import annotations

from pointsman.core.schema.json_schema import HINTS, RANGES
from pointsman.core.schema.subset import Subset

_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})

OPENAI = Subset(
    name="OpenAI's strict mode",
    all_required=True,
    keywords=RANGES | {"pattern", "minItems", "maxItems", "default"},
    formats=_FORMATS,
    most_properties=5_000,
    most_depth=10,
    most_choices=1_000,
    most_characters=120_000,
)
ANTHROPIC = Subset(
    name="Anthropic",
    min_items=1,
    keywords=frozenset({"default"}),
    formats=_FORMATS | {"uri"},
    recursion="none",
    most_optional=24,
    most_unions=16,
)
MOST_STRICT_TOOLS = 20
"""Anthropic's limit for one request."""
GEMINI = Subset(
    name="Gemini",
    object_root=False,
    closed=False,
    typed=False,
    tuples="any",
    plain_enums=False,
    keywords=frozenset({"minimum", "maximum", "minItems", "maxItems"}),
    formats=frozenset({"date-time", "date", "time"}),
    recursion="optional",
)
LLAMA_CPP = Subset(
    name="llama.cpp's grammar",
    object_root=False,
    closed=False,
    typed=False,
    tuples="exact",
    keywords=RANGES - {"multipleOf"} | {"pattern", "minLength", "maxLength", "minItems", "maxItems", *HINTS},
    formats=frozenset({"date", "time", "date-time", "uuid"}),
    integer_ranges=True,
    whole_patterns=True,
)
