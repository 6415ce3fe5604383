"""``python -m localcloud``: what the Makefile's targets call."""

import signal
import sys

# Until the commands are loaded, and can end in a way of their own, an interrupt ends this process without a word.
signal.signal(signal.SIGINT, lambda *_: sys.exit(130))

from localcloud.cli import app  # noqa: E402 - it takes half a second, in which a user may think better of it

signal.signal(signal.SIGINT, signal.default_int_handler)
app()
