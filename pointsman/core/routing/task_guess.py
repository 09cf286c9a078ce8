"""What a message asks for, where its sender names no task: by plain words, and only where they leave no doubt. Pure."""

from __future__ import annotations

import re

_LOOKED_AT = 4_000
"""Characters of a message that are read: what is asked for stands at its beginning or its end."""
_MAKES = r"(?:write|implement|create|build|refactor|debug|fix|code|program|optimi[sz]e|translate|port|add)"
_CODE = (
    r"(?:function|class|method|script|program|regex(?:p)?|regular expression|unit tests?|sql|query|api|endpoint|"
    r"algorithm|code|bug|python|javascript|typescript|java|rust|golang|kotlin|c\+\+|c#|bash|html|css)"
)
_PATTERNS = (
    (
        "coding",
        re.compile(rf"```|\b{_MAKES}\b[^.?!\n]{{0,80}}\b{_CODE}(?!\w)|^\s*(?:def|class|import|function) \w", re.M),
    ),
    ("analysis", re.compile(r"\b(?:analy[sz]e|compare|evaluate|assess|pros and cons|root cause)\b")),
)


def guess_task(text: str) -> str | None:
    """The task of a message, or None where its words do not say it."""
    looked = text if len(text) <= 2 * _LOOKED_AT else f"{text[:_LOOKED_AT]}\n{text[-_LOOKED_AT:]}"
    lowered = looked.lower()
    return next((task for task, pattern in _PATTERNS if pattern.search(lowered)), None)
