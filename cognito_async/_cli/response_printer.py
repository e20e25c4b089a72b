"""Prints responses: the part that ``--query`` selects, in the output format, with its secrets masked."""

from __future__ import annotations

from typing import Any

import typer
from attrs import Attribute

from cognito_async._cli.exit_codes import EXIT_FAILURE
from cognito_async._cli.formats import print_value
from cognito_async._cli.masking import count_masks
from cognito_async._cli.options import Format
from cognito_async._cli.output import json_text, print_message
from cognito_async._cli.query import QueryError, Search
from cognito_async._model.fields import wire_name


class ResponsePrinter:
    """Prints results, and counts the masked values in what it printed."""

    def __init__(self, form: Format, search: Search | None = None) -> None:
        self.form = form
        self.streams = form is Format.JSONL and search is None
        self._search = search
        self._masked = 0

    def print_item(self, item: Any) -> None:
        """Print an item of a list as a JSON line."""
        self._masked += count_masks(item)
        typer.echo(json_text(item))

    def print_value(self, value: Any) -> None:
        """Print a whole value."""
        self._masked += count_masks(value)
        print_value(value, self.form)

    def print_response(self, response: Any, items: Attribute[Any] | None) -> None:
        """Print the selected part of a response.

        If the expression fails, the whole response is printed as JSON, because it cannot be had again; then
        the command ends.

        Args:
            response: JSON of the response, masked.
            items: Member with the items, if it is a page of a list.
        """
        if self._search is not None:
            try:
                response = self._search(response)
            except QueryError as error:
                self.form = Format.JSON
                self.print_value(response)
                print_message(f"error: {error}; the whole response was printed", style="bold red", wrap=True)
                self.report_masks()
                raise typer.Exit(EXIT_FAILURE) from None
        elif items is not None and self.form is not Format.JSON:
            response = response.get(wire_name(items), [])
        self.print_value(response)

    def report_masks(self) -> None:
        """Say how many of the printed values are masked."""
        if self._masked:
            print_message(f"secret values masked: {self._masked}; --show-secrets shows them")
