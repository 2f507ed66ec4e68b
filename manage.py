#!/usr/bin/env python
"""The one way in: `manage.py demo`, `manage.py serve`, and every command named in the README."""

import os
import select
import sys

READER_GONE = 141
"""What a shell says of a program whose reader, such as `head`, had enough."""


def reader_is_gone():
    output = select.poll()
    output.register(1, 0)
    return any(state & select.POLLERR for _, state in output.poll(0))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carecoord.settings")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except BrokenPipeError:
        if not reader_is_gone():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(READER_GONE)
