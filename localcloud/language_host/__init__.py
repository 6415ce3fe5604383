"""Pulumi's Python language host: what the engine calls `pulumi-language-python`.

It starts the project's program, policy packs and component packages in interpreters of their own and installs what
they need, and it has SDKs of packages written. Programs it does not generate: that stays with the host that comes with
Pulumi's own download.
"""
