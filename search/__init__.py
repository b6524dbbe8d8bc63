"""Reads a library: understand → retrieve → calibrate → fuse → group."""
