"""Runs a command and turns what goes wrong into one clear line and an exit code."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence

from milepost.cli.show import err, escape
from milepost.errors import EnvironmentProblem, MilepostError


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code.

    0 done, 1 environment or internal, 2 bad use or input, 3 a gate failed, 4 waits for a person, 130 interrupted.
    """
    import typer
    from typer._click.exceptions import ClickException

    from milepost.cli.app import app

    command = typer.main.get_command(app)
    try:
        code = command.main(args=list(arguments), prog_name="milepost", standalone_mode=False)
        return int(code) if isinstance(code, int) else 0
    except MilepostError as problem:
        err.print(f"[red]error:[/] {escape(str(problem))}")
        return problem.exit_code
    except (KeyboardInterrupt, typer.Abort):
        err.print("[yellow]stopped:[/] what was finished is kept; run the same command to go on.")
        return 130
    except typer.Exit as ended:
        return int(ended.exit_code)
    except ClickException as problem:
        problem.show()
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as problem:
        wrong = EnvironmentProblem(f"{problem.strerror or problem} ({problem.filename or 'no file named'}).")
        err.print(f"[red]error:[/] {escape(str(wrong))}")
        return wrong.exit_code
    except Exception as problem:
        return _internal(problem)


def _internal(problem: Exception) -> int:
    """Keeps the traceback in a file and says where."""
    with tempfile.NamedTemporaryFile("w", prefix="milepost-", suffix=".log", delete=False) as log:
        traceback.print_exception(problem, file=log)
    err.print(
        f"[red]internal error:[/] {type(problem).__name__}: {escape(str(problem))}\n"
        f"This is a fault of milepost, not yours; nothing recorded was lost. Details: {log.name}"
    )
    return 1
