"""Sensorium: one ranked list over pictures, text, speech, sound and film, for a query in any modality."""

__version__ = "0.1.0"
