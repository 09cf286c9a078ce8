"""Text set in lines: wrapped, justified, with indents and bullets; a long word is broken.

Topics: text
"""

from collections.abc import Iterator


def words(text: str, width: int) -> Iterator[str]:
    """The words, those longer than a line in pieces with a hyphen."""
    for word in text.split():
        rest = word
        while len(rest) > width:
            yield rest[: width - 1] + "-"
            rest = rest[width - 1 :]
        yield rest


def wrap(text: str, width: int, first: str = "", later: str = "") -> list[str]:
    """The lines, with what they begin with; raises ValueError if less than two signs are left for text."""
    room = width - max(len(first), len(later))
    if room < 2:
        raise ValueError("too narrow")
    lines: list[list[str]] = []
    length = 0
    for word in words(text, room):
        if lines and length + 1 + len(word) <= room:
            lines[-1].append(word)
            length += 1 + len(word)
        else:
            lines.append([word])
            length = len(word)
    return [(later if number else first) + " ".join(line) for number, line in enumerate(lines)]


def justify(line: str, width: int) -> str:
    """The line stretched with blanks, more of them at the left; a line of one word stays."""
    parts = line.split()
    gaps = len(parts) - 1
    if gaps < 1:
        return line.strip()
    blanks, more = divmod(width - sum(map(len, parts)), gaps)
    return "".join(part + " " * (blanks + (place < more)) for place, part in enumerate(parts[:-1])) + parts[-1]


def block(text: str, width: int) -> str:
    """Paragraphs (set apart by empty lines), justified but for their last lines; `* ` begins a point of a list."""
    out = []
    for paragraph in text.strip().split("\n\n"):
        is_point = paragraph.lstrip().startswith("* ")
        lines = wrap(paragraph.strip().removeprefix("* "), width, "* " if is_point else "", "  " if is_point else "")
        if not is_point:
            lines[:-1] = [justify(line, width) for line in lines[:-1]]
        out.append("\n".join(lines))
    return "\n\n".join(out)
