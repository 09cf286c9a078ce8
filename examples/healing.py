"""Heal a command that fails, with a rule instead of a person: only files below `src` may be changed."""

import asyncio
import sys
from collections.abc import Sequence

from returns.result import Result

from pointsman import App, HealingReport, Proposal, healer_for, live, open_app, settle
from pointsman.ports import CommandNotStarted


async def approve(proposal: Proposal) -> bool:
    print(proposal.answer, proposal.shown.diff, sep="\n")
    return all(path.startswith("src/") for path in proposal.patch.paths)


async def heal(app: App, folder: str, command: Sequence[str]) -> Result[HealingReport, CommandNotStarted]:
    return await settle(healer_for(app, folder, approve=approve, rounds=2).heal(command))


async def main() -> None:
    async with open_app(live) as opened:
        for app in opened.map(lambda app: [app]).value_or([]):
            print(await heal(app, ".", sys.argv[1:] or ["pytest", "-q"]))


if __name__ == "__main__":
    asyncio.run(main())
