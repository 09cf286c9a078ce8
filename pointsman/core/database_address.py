"""The address of a database server, as settings name it: `postgresql://user@host/name`. Pure."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import attrs
from returns.result import Failure, Result, Success

_SCHEMES = ("postgresql", "postgres")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_OWN_SCHEMA = "pointsman"
_SECRET = ("password", "sslpassword")
_REFUSED = (
    "the address of a database holds no password: give it as `database_password` (POINTSMAN_DATABASE_PASSWORD or the"
    " settings file), or in the driver's own password file"
)

_UNREADABLE = "it is no address of a server that can be used; write it as postgresql://user@host/name, or name a file"


@attrs.frozen
class DatabaseAddress:
    """Where a database is, without what opens it."""

    url: str
    """For the driver."""
    schema: str
    """Our tables are in this one, so that they meet no others."""

    @property
    def name(self) -> str:
        """Host and name of the database, for sentences."""
        parts = urlsplit(self.url)
        own = "" if self.schema == _OWN_SCHEMA else f" ({self.schema})"
        return f"{parts.hostname or 'this machine'}{parts.path}{own}"


def show_database(database: str | None) -> str:
    """`database` for a repr: without a password that should not be in it."""
    if not names_server(database):
        return repr(database)
    read = read_address(database or "")
    return repr(database) if isinstance(read, Success) else f"'{_SCHEMES[0]}://***'"


def names_server(database: str | None) -> bool:
    """Whether `database` is an address, if only of a server that we cannot use; else it is a file, or nothing."""
    return database is not None and _ADDRESS.match(database) is not None


def read_address(database: str) -> Result[DatabaseAddress, str]:
    """The address that `database` is, which may name our `schema`; else what is wrong with it, without its secrets."""
    try:
        parts = urlsplit(database)
        if parts.password:
            return Failure(_REFUSED)
        options = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return Failure(_UNREADABLE)
    if any(name.lower() in _SECRET for name, _ in options):
        return Failure(_REFUSED)
    if parts.scheme not in _SCHEMES:
        return Failure(_UNREADABLE)
    schemas = [value for name, value in options if name == "schema"]
    query = urlencode([one for one in options if one[0] != "schema"])
    schema = schemas[-1] if schemas else _OWN_SCHEMA
    if not schema or len(schema.encode()) > 63 or "\0" in schema:
        return Failure("its `schema` is no name: it has 1 to 63 characters")
    return Success(DatabaseAddress(urlunsplit(("postgresql", parts.netloc, parts.path, query, "")), schema))
