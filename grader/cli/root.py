"""The `ladder` command. Words and exit codes are a contract: see docs/results-format.md."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from grader.errors import GraderFault, LadderError

_DEBUG = "ladder.debug"


class _Group(click.Group):
    """One handler for every command: a fault is one line on stderr and an exit code, a traceback only with --debug."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except LadderError as error:
            if context.meta.get(_DEBUG):
                raise
            _say_error(str(error))
            context.exit(error.exit_code)
        except KeyboardInterrupt:
            _say_error("stopped")
            context.exit(130)
        except BrokenPipeError:
            # `ladder … | head` has read enough; nothing may be written any more, at exit neither
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            context.exit(0)
        except Exception as error:  # noqa: BLE001 - the last place before a traceback
            if context.meta.get(_DEBUG):
                raise
            _say_error(f"this is a fault of ladder itself: {type(error).__name__}: {error} (--debug shows where)")
            context.exit(GraderFault.exit_code)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show tracebacks of faults.")
@click.pass_context
def main(context: click.Context, debug: bool) -> None:
    """Ladder: six levels of MLOps, graded by running what you made."""
    context.meta[_DEBUG] = debug


def _say_error(text: str) -> None:
    click.echo(f"ladder: {text}", err=True)
