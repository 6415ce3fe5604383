"""Stacks as earlier versions of the components left them: programs, and what Pulumi kept of a deployment of each."""
