"""Query strings of addresses: `a=1&b=x+y&b=%C3%BC`, read and written.

Topics: parsing, encodings, web
"""

SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def decode(text: str) -> str:
    """The text that was escaped; a percent sign without two hexadecimal digits stands for itself."""
    out = bytearray()
    place = 0
    while place < len(text):
        sign = text[place]
        digits = text[place + 1 : place + 3]
        if sign == "+":
            out.append(32)
        elif sign == "%" and len(digits) == 2 and all(one in "0123456789abcdefABCDEF" for one in digits):
            out.append(int(digits, 16))
            place += 2
        else:
            out.extend(sign.encode("utf-8"))
        place += 1
    return out.decode("utf-8", errors="replace")


def encode(text: str) -> str:
    """Each byte that is not safe as `%XX`, a blank as `+`."""
    return "".join(
        "+" if byte == 32 else chr(byte) if byte in SAFE else f"%{byte:02X}" for byte in text.encode("utf-8")
    )


def read_query(query: str, into: dict[str, list[str]] | None = None) -> dict[str, list[str]]:
    """The values by name, in their order; a name without `=` has the value ""."""
    values = {} if into is None else into
    for part in query.lstrip("?").split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        values.setdefault(decode(name), []).append(decode(value))
    return values


def write_query(values: dict[str, list[str]]) -> str:
    """The query string of these values, sorted by name."""
    return "&".join(f"{encode(name)}={encode(one)}" for name in sorted(values) for one in values[name])
