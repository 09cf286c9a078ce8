"""What is said on the line and would have no effect: it is told, never passed over. It asks nobody."""

from __future__ import annotations

from pointsman.adapters.cli.options import Options
from pointsman.core.records.values import near
from pointsman.core.routing.policy import TASKS
from pointsman.core.settings import Settings


def problem_of(options: Options, settings: Settings) -> str | None:
    """Why the line cannot mean what it says; None where it can."""
    task = (options.task or "").partition(":")[0]
    known = {*TASKS, *settings.routing.tasks}
    if task and task not in known:
        return f"there is no task {task!r}{near(task, known)}; there are {', '.join(sorted(known))}"
    if any(not model.strip() for model in options.order):
        return "--order names no model; write --order provider/model"
    if options.order and getattr(options, "model", None):
        return "-m and --order both say who is asked; leave one of them out"
    if getattr(options, "set", None) and options.template is None:
        return "--set is for --template; name one, or leave it out"
    return None
