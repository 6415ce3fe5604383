"""Pulumi's YAML language host: what the engine calls `pulumi-language-yaml`. It is built when it is first asked for."""
