"""Writes a library: scan → read → segment → encode → commit."""

from .pipeline import index

__all__ = ["index"]
