"""Reads a library: understand → retrieve → calibrate → fuse → rerank → group."""
