"""The names of sandboxes. They stand alone because `--help` loads this and no port."""

from __future__ import annotations

SANDBOXES = ("auto", "caged", "bubblewrap", "docker", "process")
"""What `--sandbox` knows. `auto` takes `caged`, else `bubblewrap`, and never a weaker one unasked."""
