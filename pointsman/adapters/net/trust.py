"""Which certificates are trusted: those of the environment's own authorities, else certifi's.

The variables are those that other tools read. It knows files and variables; it does not know who is asked.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

from returns.result import Failure, Result, Success

FOLDER_VARIABLES = ("SSL_CERT_DIR",)
"""Variables that name folders of authorities, each in a file named by its hash; separated as in PATH."""
_ORDER = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""All variables. The others name a file of authorities (PEM); the last two may name a folder of them, too."""
_HASHED = re.compile(r"[0-9a-f]{8}\.\d+")


def trust(environment: Mapping[str, str] | None = None) -> Result[ssl.SSLContext, str]:
    """A context that trusts what the first variable that is set names; or one sentence with the cure.

    Takes some milliseconds: the authorities are read.
    """
    given = os.environ if environment is None else environment
    for variable in _ORDER:
        if named := given.get(variable, "").strip():
            return _read_bundle(variable, named)
    import certifi

    return Success(ssl.create_default_context(cafile=certifi.where()))


def distrust() -> ssl.SSLContext:
    """A context that takes every certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _read_bundle(variable: str, named: str) -> Result[ssl.SSLContext, str]:
    is_folder = variable in FOLDER_VARIABLES or (variable != "SSL_CERT_FILE" and Path(named).is_dir())
    problem = _folder_problem(named) if is_folder else _file_problem(Path(named))
    if problem is None:
        try:
            capath, cafile = (named, None) if is_folder else (None, named)
            return Success(ssl.create_default_context(cafile=cafile, capath=capath))
        except OSError:  # also ssl's own: it holds nothing that could be read as a certificate
            problem = f"the file {named!r} holds no certificate in PEM form"
    return Failure(f"{variable}: {problem}; name the right one, or unset the variable")


def _file_problem(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            file.read(1)
    except FileNotFoundError:
        return f"there is no file {str(path)!r}"
    except IsADirectoryError:
        return f"{str(path)!r} is a folder, not a file"
    except (OSError, ValueError) as problem:
        return f"the file {str(path)!r} cannot be read ({getattr(problem, 'strerror', None) or problem})"
    return None


def _folder_problem(named: str) -> str | None:
    """What is wrong if none of the folders can be read, or none holds a certificate. OpenSSL would say nothing."""
    folders = [Path(one) for one in named.split(os.pathsep) if one]
    if not any(folder.is_dir() for folder in folders):
        return f"there is no folder {named!r}"
    if not any(_HASHED.fullmatch(name) for folder in folders for name in _names(folder)):
        return f"the folder {named!r} holds no certificates that can be read (files named by `openssl rehash`)"
    return None


def _names(folder: Path) -> Iterator[str]:
    try:
        yield from os.listdir(folder)
    except OSError:
        return
