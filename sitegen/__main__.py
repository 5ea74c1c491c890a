"""The program: `sitegen`, and `python -m sitegen`."""

from __future__ import annotations

import signal


def main() -> None:
    """Runs the command line.

    Until that is loaded there is nothing to clean up: Ctrl-C ends the process at once, and without a traceback.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from sitegen.cli import main as command

    command()


if __name__ == "__main__":
    main()
