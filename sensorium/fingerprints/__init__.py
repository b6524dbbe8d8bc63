"""Knowing a recording or a picture again: landmarks of sounds, perceptual hashes of pictures."""
