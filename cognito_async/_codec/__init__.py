"""Conversion between attrs classes, JSON, and the wire form as Python dicts."""
