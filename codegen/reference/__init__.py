"""Reference for Sphinx: ``docs/conf.py`` calls ``write_reference`` before each build. One file for tools."""

from codegen.reference.pages import build, write_reference
from codegen.reference.single_file import single_file, spellings

__all__ = ["build", "single_file", "spellings", "write_reference"]
