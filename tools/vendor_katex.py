"""Take KaTeX from npm into the page, unmodified; or check that what is there is what was taken.

    python tools/vendor_katex.py 0.19.1    # needs npm: takes that version anew
    python tools/vendor_katex.py           # compares every file with SHA256SUMS

The files are those that a browser of today loads: the script, the style sheet and the woff2 fonts. The sheet names
other formats of the fonts, too, for browsers that we don't serve; they are never asked for.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

HOME = Path(__file__).parent.parent / "pointsman" / "adapters" / "web" / "page" / "vendor" / "katex"
SUMS = "SHA256SUMS"
_WANTED = ("LICENSE", "dist/katex.min.css", "dist/katex.min.js")


def complaints(home: Path = HOME) -> Iterator[str]:
    """What is not as it was taken."""
    lines = (home / SUMS).read_text().splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines if not line.startswith("#"))}
    there = {str(one.relative_to(home)) for one in home.rglob("*") if one.is_file()} - {SUMS}
    for name in sorted(there ^ sums.keys()):
        yield f"{name}: " + ("nobody took it from npm" if name in there else "it is missing")
    for name in sorted(there & sums.keys()):
        if hashlib.sha256((home / name).read_bytes()).hexdigest() != sums[name]:
            yield f"{name}: it was changed; take it anew"


def take(version: str, home: Path = HOME) -> None:
    """Fetch the package by npm, and keep what the page needs."""
    with tempfile.TemporaryDirectory() as scratch:
        packed = subprocess.run(
            ["npm", "pack", "--json", f"katex@{version}"], cwd=scratch, check=True, capture_output=True
        )
        told = json.loads(packed.stdout)[0]
        files: dict[str, bytes] = {}
        with tarfile.open(Path(scratch) / told["filename"]) as package:
            for member in package.getmembers():
                name = member.name.removeprefix("package/")
                member_file = package.extractfile(member) if member.isfile() else None
                if member_file and (name in _WANTED or (name.startswith("dist/fonts/") and name.endswith(".woff2"))):
                    files[name.removeprefix("dist/")] = member_file.read()
    for old in home.rglob("*"):
        if old.is_file():
            old.unlink()
    lines = [f"# katex {told['version']}, {told['integrity']}"]
    for name, content in sorted(files.items()):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
        lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}")
    (home / SUMS).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        take(sys.argv[1])
    found = list(complaints())
    print("\n".join(found) or "vendor/katex is what npm gave")
    sys.exit(bool(found))
