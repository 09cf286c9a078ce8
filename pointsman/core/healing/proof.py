"""Whether a run with a change in it proves anything of the change: an exit status of 0 alone is easily had. Pure.

It looks at what was counted and at what was changed, and knows nothing of who ran it. All of it can be forged by a
program that means to; it stops what a model does that takes the shortest way to a 0.
"""

from __future__ import annotations

import re

from pointsman.core.evaluation.suspicion import new_features
from pointsman.core.healing.patch import Patch
from pointsman.core.healing.progress import count_tests

_TEST_FILE = re.compile(
    r"(?:^|/)(?:(?i:tests?|__tests__|specs?)/.*|conftest\.py|tests?\.py|test_[^/]*|[^/]*_(?:test|spec)\.\w+"
    r"|[^/]*\.(?:test|spec|cy)\.\w+|[^/]*(?:Tests?|Spec|IT)\.(?:java|kt|scala|cs|php|swift)"
    r"|pytest\.ini|tox\.ini|(?:jest|vitest|playwright)\.config\.\w+|\.mocharc\.\w+)$"
)
_GO_PASSED = re.compile(r"^ok[ \t]+\S+[ \t]+(?:[\d.]+s|\(cached\))", re.M)


def is_test(path: str) -> bool:
    """Whether the file at `path` is, by its name, one of those that judge a program."""
    return _TEST_FILE.search(path) is not None


def doubt_of_run(before: str, after: str, patch: Patch, *, ended_well: bool) -> str:
    """Why a run that printed `after` proves nothing of `patch`, where one without it printed `before`; or nothing.

    `ended_well` says that it ended with 0. Both texts are without colours. What is given can follow a colon.
    """
    tests = [path for path in patch.paths if is_test(path)]
    if tests:
        return f"the change touches tests ({', '.join(tests[:3])})"
    return _doubt_of_counts(before, after, ended_well) or (_doubt_of_exit(patch) if ended_well else "")


def _doubt_of_counts(before: str, after: str, ended_well: bool) -> str:
    counted, again = count_tests(before), count_tests(after)
    if counted is None:
        return ""
    if again is None:
        is_silent = counted.passed == 0 and _GO_PASSED.search(after) is not None  # `go test` counts failures alone
        return "" if is_silent else "tests were counted before, and none after"
    if ended_well and again.failed:
        return f"it ends with 0 though {again.failed} tests failed"
    fewest = counted.passed + counted.failed - counted.errors
    had = again.passed + again.failed
    return f"{fewest} tests were counted before, and {had} after" if had < fewest else ""


def _doubt_of_exit(patch: Patch) -> str:
    return "the change ends the program by itself" if "exits" in new_features(patch.before, patch.after) else ""
