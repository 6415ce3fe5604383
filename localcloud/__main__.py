"""``python -m localcloud``: what the Makefile's targets call."""

from localcloud.cli import app

app()
