"""The grammar of `pointsman eval`, a subcommand a row. It runs nothing: each row names the module that does."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

import attrs

from pointsman.adapters.cli import bounds
from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.evaluation.sandbox_names import SANDBOXES

_Parser = TypeVar("_Parser", bound=argparse.ArgumentParser)


@attrs.frozen
class Subcommand:
    """`pointsman eval NAME`: where it stands (`module:name` below this package), its help, and its options."""

    name: str
    run: str
    help: str
    description: str
    add_options: Callable[[argparse.ArgumentParser], None]


def add_evaluation(commands: argparse._SubParsersAction[_Parser]) -> None:
    """Put `eval` and its subcommands on `commands`."""
    group = commands.add_parser(
        "eval", help="measure how models heal code", description="Faults, runs, reports: which model heals which fault."
    )
    rows = group.add_subparsers(dest="evaluation", metavar="WHAT", required=True, parser_class=type(group))
    for row in SUBCOMMANDS:
        parser = rows.add_parser(row.name, help=row.help, description=row.description)
        parser.set_defaults(run=row.run)
        row.add_options(parser)


def _kinds(text: str) -> tuple[FaultKind, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in set(FaultKind)]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(FaultKind)}")
    return tuple(FaultKind(name) for name in names)


def _faults(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=bounds.seed, default=0, metavar="N", help="decides which faults (default 0)")
    parser.add_argument(
        "--kinds", type=_kinds, default=(), metavar="NAMES", help="only these, such as name,off-by-one (default all)"
    )
    parser.add_argument("--count", type=bounds.count, default=216, metavar="N", help="how many (default 216)")
    parser.add_argument("--out", metavar="FILE", help="write them to FILE, a line of JSON each")
    parser.add_argument("--stats", action="store_true", help="print how many there are of each kind")
    parser.add_argument(
        "--from",
        dest="folder",
        metavar="FOLDER",
        help="your own programs and tests, or tracebacks (.txt, .log)",
    )
    parser.add_argument("--prove", action="store_true", help="run the tests on each fault now, three times")
    add_sandbox(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def _models(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _run(parser: argparse.ArgumentParser) -> None:
    which = parser.add_argument_group("what is asked")
    which.add_argument("--models", type=_models, default=[], metavar="A,B", help="the models, as `provider/model`")
    which.add_argument("--cases", type=bounds.count, metavar="N", help="how many (default 216, or all of a file)")
    which.add_argument("--seed", type=bounds.seed, default=0, metavar="N", help="decides which faults (default 0)")
    which.add_argument("--kinds", type=_kinds, default=(), metavar="NAMES", help="only these kinds of fault")
    which.add_argument("--faults", metavar="FILE", help="the faults of `eval faults --out FILE` instead")
    which.add_argument("--tasks", metavar="FILE", help="your own tasks instead (TOML or JSON Lines)")
    how = parser.add_argument_group("how it is asked")
    how.add_argument("--prompt", dest="healing_prompt", action="append", default=[], metavar="NAME", help="which "
                     "template: plain, steps or error; several are compared (default plain)")  # fmt: skip
    how.add_argument(
        "--format", dest="answer_format", choices=("file", "blocks", "both"), default="file", help="how models answer"
    )
    how.add_argument("--repeat", type=bounds.count, default=1, metavar="K", help="ask each K times (default 1)")
    how.add_argument("--agent", type=bounds.seed, default=0, metavar="N", help="let it run the visible tests, N rounds")
    how.add_argument("-t", "--temperature", type=bounds.temperature, help="0 to 2")
    how.add_argument("--max-tokens", type=bounds.count, metavar="N", help="the longest answer (default 4096)")
    bound = parser.add_argument_group("bounds")
    bound.add_argument("--budget", type=bounds.dollars, metavar="USD", help="never spend more than this")
    bound.add_argument("--stop-early", action="store_true", help="ask a model no further once it is clearly worse")
    bound.add_argument("--parallel", type=bounds.count, default=16, metavar="N", help="questions at once (default 16)")
    add_sandbox(bound)
    add_cluster(bound)
    where = parser.add_argument_group("where it is kept")
    where.add_argument("--out", metavar="FILE", help="the file of the run (default among your runs)")
    where.add_argument("--resume", metavar="RUN", help="go on with a run: a file, an id, or `latest`")
    parser.add_argument("--config", metavar="FILE", help="a settings file (TOML or JSON)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def _report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default=None, metavar="RUN", help="a file, an id, or `latest` (the default)")
    parser.add_argument(
        "--html", metavar="FILE", help="write it as a page that needs no network, with charts and cases"
    )
    parser.add_argument("--inspect", metavar="FILE", help="write it as a log that inspect_ai reads")
    parser.add_argument("--json", action="store_true", help="print JSON")
    _add_place(parser)


def _compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="RUN", help="two runs: files, ids, or `latest`")
    parser.add_argument("--json", action="store_true", help="print JSON")
    _add_place(parser)


def _list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")
    _add_place(parser)


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default=None, metavar="RUN", help="a file, an id, or `latest` (the default)")
    parser.add_argument("--out", metavar="FILE", help="write to FILE")
    parser.add_argument("--times", action="store_true", help="with what differs from run to run: id, times, details")
    _add_place(parser)


def _add_place(parser: argparse.ArgumentParser) -> None:
    """Let the line say where runs are looked for that are named by their id."""
    parser.add_argument("--config", metavar="FILE", help="a settings file (TOML or JSON), which may say where runs are")
    parser.add_argument("--database", metavar="FILE", help="the database beside which runs are kept")


def _recommend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default=None, metavar="RUN", help="a file, an id, or `latest` (the default)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    _add_place(parser)


def _apply(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default=None, metavar="RUN", help="a file, an id, or `latest` (the default)")
    parser.add_argument("--dry-run", action="store_true", help="show what would be taken, and take nothing")
    _add_database(parser)
    parser.add_argument("--json", action="store_true", help="print the evidence as JSON")


def _forget(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", nargs="?", default=None, metavar="RUN", help="a run that was applied: its id, or its file"
    )
    parser.add_argument("--in-use", action="store_true", help="forget what healing has shown since, instead of a run")
    _add_database(parser)


def _add_database(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="a settings file (TOML or JSON)")
    parser.add_argument("--database", metavar="FILE", help="where routing reads it")


def _attack(parser: argparse.ArgumentParser) -> None:
    add_sandbox(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_sandbox(parser: argparse._ActionsContainer) -> None:
    """Let the line say where code of strangers runs."""
    parser.add_argument(
        "--sandbox",
        type=bounds.sandbox,
        default="auto",
        metavar="NAME",
        help=f"{', '.join(SANDBOXES[:-1])} or {SANDBOXES[-1]} (default auto, which takes no weak one)",
    )


def add_cluster(parser: argparse._ActionsContainer) -> None:
    """Let the line name a cluster whose workers do a part of the work."""
    parser.add_argument(
        "--cluster", type=bounds.cluster, metavar="URL", help="spread the work over a cluster of dask: tcp://host:8786"
    )


SUBCOMMANDS: tuple[Subcommand, ...] = (
    Subcommand(
        "faults",
        "eval_faults:faults",
        help="make faulty programs",
        description="Make faulty programs of correct ones, each proved to be noticed by tests.",
        add_options=_faults,
    ),
    Subcommand(
        "run",
        "eval_run:run",
        help="let models heal them, and measure",
        description="Put faults (or your own tasks) to models, judge the answers in a sandbox, and report. "
        "What is answered is kept at once, so that a run can go on whatever ended it.",
        add_options=_run,
    ),
    Subcommand(
        "report",
        "eval_runs:report",
        help="see what a run has found",
        description="One screen: who heals how much, for how much money and time, and which differences are real.",
        add_options=_report,
    ),
    Subcommand(
        "compare",
        "eval_runs:compare",
        help="compare two runs, case by case",
        description="How much better the second run is on the cases that both have: an A/B of prompts or versions.",
        add_options=_compare,
    ),
    Subcommand(
        "list",
        "eval_runs:list_runs",
        help="list the runs",
        description="The runs that were kept without a file of their own, the latest last.",
        add_options=_list,
    ),
    Subcommand(
        "export",
        "eval_runs:export",
        help="write a run as JSON Lines",
        description="What was asked, each case, each answer with its verdict. Equal runs give equal bytes.",
        add_options=_export,
    ),
    Subcommand(
        "recommend",
        "eval_evidence:recommend_models",
        help="see which model to ask for which kind of fault",
        description="For each kind of fault the model to be asked: the better one where that is more than chance, "
        "else the cheaper one.",
        add_options=_recommend,
    ),
    Subcommand(
        "apply",
        "eval_evidence:apply",
        help="let routing go by a run",
        description="Keep what a run has shown where routing reads it. It counts as a few tries at most, fades with a "
        "half-life of 30 days, and is void when the model becomes another. Applying a run twice changes nothing.",
        add_options=_apply,
    ),
    Subcommand(
        "forget",
        "eval_evidence:forget",
        help="let routing forget a run",
        description="Forget what `eval apply` took from a run. The run itself stays.",
        add_options=_forget,
    ),
    Subcommand(
        "attack",
        "eval_attack:attack",
        help="try to get out of the sandbox",
        description="Try to get out of the sandbox in many ways, and say what gets through.",
        add_options=_attack,
    ),
)
