"""A database that this process may read and not write: who only asks is answered, and told what is not recorded."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.billing_upstream import BillingUpstream, billing_upstream
from tests.command_line import POINTSMAN, environment
from tests.patience import GUARD

_DROP_BOUND, _OVERRIDE = 24, 1
BUDGET = '[[budgets]]\nname = "all"\nusd = 1\n'


def obey_modes() -> None:
    """Take from root, in a child on Linux, that the modes of files do not count for it; others have it not."""
    ctypes.CDLL(None).prctl(_DROP_BOUND, _OVERRIDE, 0, 0, 0)


def run(home: Path, upstream: BillingUpstream, *words: str, more: str = "") -> subprocess.CompletedProcess[str]:
    file = home / "pointsman.toml"
    file.write_text(
        f'database = "{home}/data/p.db"\ndefault_provider = "openai"\n{more}[providers.openai]\nkind = "openai"\n'
        f'base_url = "{upstream.address}/one/v1"\napi_key = "k"\nmodel = "m"\n[models."openai/m"]\n'
        "input = 1\noutput = 1\n"
    )
    file.chmod(0o600)
    return subprocess.run(
        [*POINTSMAN, *words, "--config", str(file)],
        capture_output=True,
        text=True,
        env=environment(home),
        cwd=home,
        timeout=GUARD,
        check=False,
        preexec_fn=obey_modes if sys.platform == "linux" and os.geteuid() == 0 else None,
    )


@pytest.mark.parametrize(("file", "folder"), [(0o400, 0o700), (0o600, 0o500)])
def test_who_asks_is_answered_and_told_that_nothing_is_recorded(tmp_path: Path, file: int, folder: int) -> None:
    data, asked = tmp_path / "data", ("generate", "--max-tokens", "5", "Hi")
    with billing_upstream(0, ("told",)) as upstream:
        saved = ("kind=openai", f"base_url={upstream.address}/two/v1", "api_key=sk-0123456789", "model=m")
        assert run(tmp_path, upstream, "settings", "set", "work", *saved).returncode == 0
        (data / "p.db").chmod(file)
        data.chmod(folder)
        try:
            answered = run(
                tmp_path, upstream, *asked, "-p", "work"
            )  # which is saved in the database, its key encrypted
            refused = run(tmp_path, upstream, *asked, more=BUDGET)
        finally:
            data.chmod(0o700)
    assert (answered.returncode, upstream.begun, set(upstream.billed)) == (0, 1, {"two"}), answered.stderr
    assert answered.stderr.startswith(f"Usage is not recorded: the database {data}/p.db: ")
    assert refused.returncode == 16, "a budget needs its ledger"
    assert refused.stderr.startswith(f"pointsman: the database {data}/p.db: ")
    assert refused.stdout == ""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_without_a_place_for_the_files_of_calls_the_answer_is_given_and_it_is_said(tmp_path: Path, kind: str) -> None:
    """The database itself can be written: what is in the way is the folder beside it."""
    calls, asked = tmp_path / "data" / "p.db-calls", ("generate", "--max-tokens", "5", "Hi")
    calls.parent.mkdir()
    if kind == "file":
        calls.touch()
    else:
        calls.mkdir(0o500)
    with billing_upstream(0, ("told",)) as upstream:
        answered = run(tmp_path, upstream, *asked)
        refused = run(tmp_path, upstream, *asked, more=BUDGET)
    assert (answered.returncode, upstream.begun) == (0, 1), answered.stderr
    assert answered.stderr.startswith("Usage is not recorded: ")
    assert "what is to be kept of calls cannot be written beside it ([Errno" in answered.stderr
    assert str(calls) in answered.stderr
    assert refused.returncode == 16, "a budget needs its ledger"
    assert (refused.stdout, str(calls) in refused.stderr) == ("", True)
