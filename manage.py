#!/usr/bin/env python
import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from viewer import __version__


def main() -> None:
    if sys.argv[1:] == ["--version"]:  # Django alone would print its own
        sys.stdout.write(f"Instrumentation Viewer {__version__} (Django {django.__version__})\n")
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viewer.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
