"""Prints whether requests go straight to connections with the installed aiohttp, or through its session."""

from __future__ import annotations

import asyncio
import logging

from cognito_async._http.probe import is_supported


async def main() -> None:
    print("direct" if is_supported() else "session")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    asyncio.run(main())
