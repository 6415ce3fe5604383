"""Pulumi's Python language host: what the engine calls `pulumi-language-python`.

It starts the project's program, policy packs and component packages in interpreters of their own and installs what
they need. It writes no code: SDK and program generation stay with the host that comes with Pulumi's own download.
"""
