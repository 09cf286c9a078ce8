"""Text in which only printable ASCII is allowed: other bytes as `=C3`, long lines broken by `=` at their end.

Topics: encodings, text
"""

PLAIN = frozenset(range(33, 127)) - {ord("=")} | {32}


def quote(text: str, width: int = 76) -> str:
    """The text in lines of at most `width` signs; the bytes are those of UTF-8."""
    if width < 4:
        raise ValueError("a line needs four signs")
    return "\n".join("\n".join(_fold(_signs(line), width)) for line in text.split("\n"))


def unquote(text: str) -> str:
    """The text that was quoted; raises ValueError for `=` before anything but two hexadecimal digits."""
    data = bytearray()
    lines = text.split("\n")
    for number, line in enumerate(lines):
        whole = line.removesuffix("=")
        place = 0
        while place < len(whole):
            if whole[place] == "=":
                data.append(int(whole[place + 1 : place + 3].ljust(2, "x"), 16))
                place += 3
            else:
                data.extend(whole[place].encode("utf-8"))
                place += 1
        if whole == line and number < len(lines) - 1:
            data.append(10)
    return data.decode("utf-8")


def _signs(line: str) -> list[str]:
    """What stands for each byte; a blank at the end of a line is quoted, as mail programs cut it off."""
    signs = [chr(byte) if byte in PLAIN else f"={byte:02X}" for byte in line.encode("utf-8")]
    if signs and signs[-1] == " ":
        signs[-1] = "=20"
    return signs


def _fold(signs: list[str], width: int) -> list[str]:
    """The signs in lines; room for the `=` is left in every line."""
    lines = [""]
    for sign in signs:
        if len(lines[-1]) + len(sign) > width - 1:
            lines[-1] += "="
            lines.append("")
        lines[-1] += sign
    return lines
