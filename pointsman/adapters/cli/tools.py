"""`pointsman tools`: which tools a model can be given by `--tools`."""

from __future__ import annotations

from returns.methods import unwrap_or_failure

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.exit_codes import OK, report_failure
from pointsman.adapters.cli.model_list import table
from pointsman.core.json import as_object, dumps_text
from pointsman.core.settings import Settings


@Command
async def tools(context: CliContext) -> int:
    """Print the tools, what they take and whether the person is asked before they run."""
    terminal = context.terminal
    settings = unwrap_or_failure(context.wiring.read_settings(None))
    if not isinstance(settings, Settings):
        return report_failure(settings, terminal)
    known = context.wiring.known_tools(settings)
    found = known.tools
    for problem in known.problems:
        terminal.note(f"Note: {problem}.")
    if context.options.json:
        listed = [
            {
                "name": tool.spec.name,
                "description": tool.spec.description,
                "parameters": tool.spec.parameters,
                "approval": tool.approval,
                "timeout": tool.timeout,
            }
            for tool in found
        ]
        terminal.say(dumps_text(listed))
        return OK
    rows = [
        (
            tool.spec.name,
            ", ".join(as_object(tool.spec.parameters.get("properties"))),
            tool.approval,
            (tool.spec.description.splitlines() or [""])[0],
        )
        for tool in found
    ]
    table(("TOOL", "TAKES", "APPROVAL", "DESCRIPTION"), rows, terminal)
    return OK
