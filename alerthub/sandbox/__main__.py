"""`python -m alerthub.sandbox --port N`: the sandbox without Django."""

from __future__ import annotations

import argparse
import sys

from alerthub import env

from . import cli


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="alerthub.sandbox", description="A stand-in Rocket.Chat with a page of rooms."
    )
    cli.add_arguments(parser)
    options = vars(parser.parse_args(arguments))
    env.load()
    if env.flag("ALERTHUB_PRODUCTION", default=False):
        sys.stderr.write(f"{cli.NOT_IN_PRODUCTION}\n")
        return 1
    try:
        cli.serve(options, lambda text: print(text, flush=True))
    except OSError as error:
        sys.stderr.write(f"The sandbox cannot listen on {options['host']}:{options['port']}: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
