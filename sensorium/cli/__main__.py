"""`python -m sensorium.cli`"""

from . import main

main()
