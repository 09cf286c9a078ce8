"""`pointsman route`: where a request would go, and why. Nobody is asked."""

from __future__ import annotations

import attrs
from returns.methods import unwrap_or_failure

from pointsman.adapters.cli.call_options import choose_options, problem_of
from pointsman.adapters.cli.context import AppContext, asking_command
from pointsman.adapters.cli.exit_codes import OK, report_failure, report_usage
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.request import ask
from pointsman.core.effect import settle
from pointsman.core.json import dumps_text
from pointsman.core.routing.policy import AUTO, Explanation
from pointsman.services.manager import Estimate


@asking_command
async def route(context: AppContext) -> int:
    """Print the model that would be asked; with --explain the whole ranking, the reasons and the cost."""
    app, options, terminal = context.app, context.options, context.terminal
    problem = problem_of(options, app.settings)
    if problem is not None:
        return report_usage(problem, terminal)
    request = choose_options(ask(AUTO, " ".join(options.prompt) or "?"), options, app)
    request = attrs.evolve(request, max_tokens=options.max_tokens)
    explained = unwrap_or_failure(await settle(app.manager.explain(request)))
    if not isinstance(explained, Explanation):
        return report_failure(explained, terminal)
    estimate = unwrap_or_failure(await settle(app.manager.estimate(request)))
    if options.json:
        terminal.say(dumps_text(_json(explained, estimate)))
    elif options.explain:
        _tell(explained, estimate, terminal)
    else:
        terminal.say(explained.ranked[0].model)
    return OK


def _tell(explained: Explanation, estimate: object, terminal: Terminal) -> None:
    terminal.say(f"task {explained.task or 'none'}, strategy {explained.strategy}")
    terminal.say(str(explained))
    if isinstance(estimate, Estimate):
        tokens = f"about {estimate.input_tokens:,} tokens in and {estimate.output_tokens:,} out"
        terminal.say(f"{estimate.model}: {tokens}, expected {estimate.expected}, at most {estimate.most}")


def _json(explained: Explanation, estimate: object) -> dict[str, object]:
    found: dict[str, object] = attrs.asdict(explained)
    if isinstance(estimate, Estimate):
        found["estimate"] = {
            "model": estimate.model,
            "input_tokens": estimate.input_tokens,
            "output_tokens": estimate.output_tokens,
            "expected_usd": None if estimate.expected.usd is None else str(estimate.expected.usd),
            "most_usd": None if estimate.most.usd is None else str(estimate.most.usd),
        }
    return found
