"""The demo: the whole story with real parts, told from outside through the command line and HTTP."""

from sandbox.demo.command import demo

__all__ = ["demo"]
