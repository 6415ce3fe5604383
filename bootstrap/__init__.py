"""What an organisation has once, before any stack: where Pulumi keeps its state, and who deploys from GitLab.

`__main__.py` is a Pulumi program of its own, run by `make bootstrap`, and in rehearsal by `make rehearse-bootstrap`.
"""
