"""Safe decoding of pictures, sound, film, documents and product feeds, for indexing and for queries."""
