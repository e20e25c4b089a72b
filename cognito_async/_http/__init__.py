"""HTTP over aiohttp. Only this package uses aiohttp, except for the type of the client's ``session``."""
