"""Header fields that hold foreign text: a model's name, an id, a sentence of a provider. No such text ends a header."""

from __future__ import annotations

import re
from urllib.parse import quote

MOST_IN_A_HEADER = 2000
"""Bytes of one value; clients and proxies refuse heads of some kilobytes."""

_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_CUT_ESCAPE = re.compile(r"%[0-9A-F]?$")


def header_value(text: object, most: int = MOST_IN_A_HEADER) -> bytes:
    """`text` as the value of a header field: printable ASCII as it is, all else percent-encoded as UTF-8, and cut.

    Spaces at the ends, which are no part of a value (RFC 9110, 5.5), fall away.
    """
    encoded = quote(str(text)[:most].strip(" "), safe=_PRINTABLE, errors="replace")
    return (encoded if len(encoded) <= most else _CUT_ESCAPE.sub("", encoded[:most]).rstrip(" ")).encode("ascii")
