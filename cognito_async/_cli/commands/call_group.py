"""``call``: a command for each operation, created when it is used."""

from __future__ import annotations

from typing import Any

from cognito_async._cli.docs import methods, operation_names
from cognito_async._cli.help_page import Group, Section, option_sections, placeholder


class CallGroup(Group):
    """Commands by the names of the operations, in any spelling."""

    usage_pieces = "OPERATION [OPTIONS]"
    _completions: list[str] | None = None

    def summaries(self) -> dict[str, str]:
        """Return the names of the operations; their texts would take long to load, and the list is long."""
        return dict.fromkeys((method.command for method in methods().values()), "")

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Complete the name of an operation in the spelling that was started."""
        self._completions = operation_names(incomplete)
        return super().shell_complete(ctx, incomplete)

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands."""
        return super().list_commands(ctx) if self._completions is None else self._completions

    def get_command(self, _context: Any, cmd_name: str) -> Any:
        """Return a placeholder, for lists of commands and completion."""
        return placeholder(cmd_name, "")

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
