"""How the starter picture tower was made: `python -m training all` reproduces it from the picture pools."""
