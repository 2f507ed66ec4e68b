#!/usr/bin/env python
"""The one way in: `manage.py demo`, `manage.py serve`, and every command named in the README."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carecoord.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
