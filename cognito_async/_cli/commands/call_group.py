"""``call``: a command for each operation, created when it is used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cognito_async._cli.docs import operation_names
from cognito_async._cli.help_page import Group, Section, option_sections


class CallGroup(Group):
    """Commands by the names of the operations, in any spelling."""

    usage_pieces = "OPERATION [OPTIONS]"
    _names: Sequence[str] = ()
    """Those that complete the command line."""

    def summaries(self) -> dict[str, str]:
        """Return the names of the operations; their texts would take long to load, and the list is long."""
        return dict.fromkeys(self._names or operation_names(""), "")

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Complete the name of an operation in the spelling that was started."""
        self._names = operation_names(incomplete)
        return super().shell_complete(ctx, incomplete)

    def load(self, name: str) -> Any:
        """Return the command of an operation."""
        from cognito_async._cli.commands.call_options import operation_command  # noqa: PLC0415  loads shapes
        from cognito_async._cli.request_builder import find_operation  # noqa: PLC0415  as above

        return operation_command(find_operation(name))

    def sections(self, _context: Any, options: list[Section]) -> list[Section]:
        """Return the options of all operations, which include those of the group."""
        from cognito_async._cli.commands.call_options import general_command  # noqa: PLC0415  as above

        own = {section.title for section in options}
        general = option_sections(general_command().get_params(_context))
        return [section for section in general if section.title not in own] + options
