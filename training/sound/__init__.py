"""How the starter sound tower was made: `python -m training.sound`."""
