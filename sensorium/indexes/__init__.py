"""The vector indexes of a library: chosen by size, kept in step with the catalogue, measured while they serve."""
