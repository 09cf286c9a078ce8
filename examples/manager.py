"""Let the router choose, stay within a budget, and see what it came to."""

from decimal import Decimal

from returns.methods import unwrap_or_failure

import pointsman as p

SETTINGS = p.Settings(
    providers={
        "claude": p.ProviderSettings(name="claude", kind="anthropic", model="claude-haiku-4-5"),
        "home": p.ProviderSettings(name="home", kind="ollama", model="llama3.2"),
    },
    default_provider="home",
    cache=p.CacheSettings(enabled=True),
    budgets=(p.Budget(name="each user", usd=Decimal("0.50"), period="day", scope="tenant"),),
)


async def answer(app: p.App, user: str, question: str) -> str:
    options = p.CallOptions(task="analysis", tenant=user)
    match unwrap_or_failure(await p.settle(app.client.chat(p.ask("auto", question, options)))):
        case p.ChatResponse() as response:
            print(response.route)  # which models could be asked, in which order, and why
            return f"{response.text} ({response.cost}{', cached' if response.is_cached else ''})"
        case p.BudgetExceeded() as error:
            return str(error)  # what is spent, and when it resets
        case error:
            return f"{error.tag}: {error}"


async def bill(app: p.App) -> list[str]:
    rows = (await p.settle(app.manager.report("tenant"))).unwrap()
    return [f"{row.group}: {row.calls} calls, {row.cost}, saved {row.saved}" for row in rows]
