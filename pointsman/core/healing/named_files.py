"""Which files an error names, as paths below a folder, and which must never be shown. Pure: it looks at no disk.

A path in an error may be from another machine or a container, so what leads elsewhere is tried by its last parts. What
is given are guesses in the order of their worth; whoever reads the folder sees which of them are there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pointsman.core.healing.error_trace import ErrorTrace, StackFrame

_MOST_PATHS = 200
_PROGRAMS = "py|pyi|pyx|js|mjs|cjs|jsx|ts|mts|cts|tsx|vue|svelte|java|kt|scala|go|rs|c|h|cc|cpp|hpp|cs|rb|php|swift|lua"
_SOURCES = f"{_PROGRAMS}|sh|sql|html|css|toml|cfg|ini|json|yaml|yml|md|txt|csv|xml"
_PROGRAM = re.compile(rf"(?i)\.(?:{_PROGRAMS})$")
_PATH = re.compile(rf"(?<![\w./\\~-])((?:[A-Za-z]:)?[\w./\\@+~-]{{1,300}}\.(?:{_SOURCES}))(?![\w-])")
_MODULE = re.compile(
    r"No module named '([\w.]+)'|cannot import name '\w+' from '([\w.]+)'|^(?:FAILED|ERROR) ([\w./-]+)", re.M
)
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+([\w, \t*()]*)|import[ \t]+([\w., \t]+))", re.M)
_REQUIRED = re.compile(r"(?:\bfrom|\brequire\(|\bimport\(?)\s{0,9}[\"'](\.{1,2}/[^\"'\n]{1,200})[\"']")
_SCRIPTS = ("", ".js", ".ts", ".mjs", ".cjs", ".jsx", ".tsx", "/index.js", "/index.ts")
_ROOTS = ("", "src/", "lib/", "src/main/java/", "src/test/java/", "src/main/kotlin/")

_PRIVATE_PARTS = frozenset(
    {".git", ".ssh", ".aws", ".gnupg", ".kube", ".docker", ".azure", ".hg", ".svn", "node_modules", "site-packages"}
    | {"__pycache__", ".venv", "venv", ".tox", ".mypy_cache", ".pytest_cache", ".ruff_cache", "gcloud", ".terraform"}
)
_SECRET_PARTS = frozenset({"secret", "secrets", ".secret", ".secrets", "credentials", ".credentials"})
"""Folders in which only programs are shown."""
_DATA = r"(?:\.(?:json|ya?ml|toml|ini|te?xt|cfg|conf|env|xml|properties|csv|tsv|plist|enc|bak|old|orig))*"
_PRIVATE_NAME = re.compile(
    r"(?i)^(?:\.env.*|.*\.env|.*\.(?:pem|key|p8|p12|pfx|jks|keystore|kdbx|gpg|asc|ppk|der|crt|cer|ovpn|sqlite3?|db)"
    r"|id_(?:rsa|dsa|ecdsa|ed25519).*|\.?netrc|_netrc|\.pgpass|\.npmrc|\.pypirc|\.?htpasswd|\.git-credentials"
    r"|\.my\.cnf|\.s3cfg|\.boto|\.dockercfg|auth\.json|authorized_keys|shadow|.*kubeconfig.*"
    rf"|(?:.*[._-])?(?:credentials?|secrets?|tokens?|passwords?|passwd|api[._-]?keys?)(?:[._-][\w-]+)??{_DATA}"
    r"|(?:client[_-]secret|service[_-]account).*\.json|.*\.tfstate.*|.*\.tfvars)$"
)


def is_program(path: str) -> bool:
    """Whether the file at `path` is, by its name, a program: not settings, data, words, or a shell's script."""
    return _PROGRAM.search(path) is not None


def is_private(path: str) -> bool:
    """Whether the file at `path` holds, by its name, what must not be shown to a model or be changed by one."""
    *folders, name = path.lower().split("/")
    if any(part in _PRIVATE_PARTS for part in folders):
        return True
    if is_program(name):
        return name.startswith(".env")
    return _PRIVATE_NAME.match(name) is not None or any(part in _SECRET_PARTS for part in folders)


def named_files(text: str, traces: Sequence[ErrorTrace], root: str) -> tuple[tuple[str, ...], ...]:
    """Guesses for each file that an error names, the most telling first; `root` is the folder's absolute path.

    Own frames come first, the innermost of the last error before all, then every other path in `text`.
    """
    frames = [frame for trace in reversed(traces) for frame in reversed(trace.frames) if frame.is_own]
    paths = dict.fromkeys([frame.path for frame in frames])
    for found in _PATH.finditer(text):
        if len(paths) >= _MOST_PATHS:
            break
        if StackFrame(found[1], 0).is_own:
            paths.setdefault(found[1])
    guesses = [guess_paths(path, root) for path in paths]
    guesses += [_module_paths(next(filter(None, found.groups()), "")) for found in _MODULE.finditer(text)]
    return tuple(one for one in dict.fromkeys(guesses) if one)[:_MOST_PATHS]


def guess_paths(path: str, root: str) -> tuple[str, ...]:
    """Where below `root` the file may be that an error calls `path`, the best guess first."""
    path, root = path.replace("\\", "/"), root.replace("\\", "/").rstrip("/")
    if path.startswith(root + "/"):
        inside = normal_path(path.removeprefix(root + "/"))
        return (inside,) if inside else ()
    if not path.startswith("/") and not re.match(r"^[A-Za-z]:/", path):
        relative = normal_path(path)
        if relative is None:
            return ()
        return tuple(f"{place}{relative}" for place in _ROOTS)
    parts = [part for part in path.split("/")[1:] if part not in ("", ".")][-6:]
    return tuple("/".join(parts[start:]) for start in range(len(parts)) if ".." not in parts[start:])


def normal_path(path: str) -> str | None:
    """`path` without `.` and `..`; None where it leads out of its folder or to nothing."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts) or None


def imported_files(path: str, text: str) -> tuple[tuple[str, ...], ...]:
    """Guesses for each file that the file at `path`, with this `text`, imports: what a failed assertion is about."""
    folder = path.rpartition("/")[0]
    return tuple(
        dict.fromkeys(_python_imports(folder, text) if path.endswith(".py") else _script_imports(folder, text))
    )


def _python_imports(folder: str, text: str) -> Iterator[tuple[str, ...]]:
    for found in _IMPORT.finditer(text):
        if found[3]:
            for name in found[3].split(","):
                yield _module_paths(name.split(" as ")[0].strip(), folder)
            continue
        dots = len(found[1]) - len(found[1].lstrip("."))
        module = found[1].lstrip(".")
        base = _up(folder, dots - 1) if dots else None
        if base is None and dots:
            continue
        for name in re.findall(r"\w+", found[2]):
            inner = f"{module}.{name}" if module else name
            yield _inside(base, inner) if base is not None else _module_paths(inner, folder)
        if module:
            yield _inside(base, module) if base is not None else _module_paths(module, folder)


def _up(folder: str, steps: int) -> str | None:
    parts = folder.split("/") if folder else []
    return "/".join(parts[: len(parts) - steps]) if steps <= len(parts) else None


def _inside(folder: str, module: str) -> tuple[str, ...]:
    path = "/".join(filter(None, (folder, module.replace(".", "/"))))
    return (f"{path}.py", f"{path}/__init__.py")


def _module_paths(module: str, folder: str = "") -> tuple[str, ...]:
    """Where a module may be, from the folder itself, from beside the one that imports it, or from `src`."""
    if "/" in module or module.endswith(".py"):
        path = normal_path(module)
        return (path,) if path else ()
    if not re.fullmatch(r"\w+(?:\.\w+)*", module):
        return ()
    return tuple(dict.fromkeys(path for base in ("", folder, "src") for path in _inside(base, module)))


def _script_imports(folder: str, text: str) -> Iterator[tuple[str, ...]]:
    for found in _REQUIRED.finditer(text):
        path = normal_path(f"{folder}/{found[1]}")
        if path:
            yield tuple(f"{path}{end}" for end in _SCRIPTS)


def shorten_output(text: str, most: int) -> str:
    """`text` in at most about `most` characters: its beginning, and more of its end, where errors are."""
    if len(text) <= most:
        return text
    head, tail = most // 4, most - most // 4
    return f"{text[:head]}\n… ({len(text) - most:,} characters left out) …\n{text[-tail:]}"


def without_folder(text: str, root: str, home: str = "") -> str:
    """`text` with paths below `root` as relative ones, and the user's own folder as `~`."""
    for place, short in ((root, ""), (home, "~/")):
        place = place.rstrip("/\\")
        if len(place) > 1:
            text = (
                text.replace(f"{place}/", short).replace(f"{place}\\", short).replace(place, short.rstrip("/") or ".")
            )
    return text
