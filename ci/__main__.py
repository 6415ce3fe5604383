"""``python -m ci``: what the pipeline's jobs call."""

from ci.cli import app

app()
