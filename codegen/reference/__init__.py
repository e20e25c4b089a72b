"""Reference pages for Sphinx: ``docs/conf.py`` calls ``write_reference`` before each build."""

from codegen.reference.pages import write_reference

__all__ = ["write_reference"]
