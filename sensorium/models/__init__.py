"""What encodes, hears and reads. Importing this loads nothing."""

import os

# torch's cores wait for one another after every layer, spinning unless OpenMP is told to sleep. Decoding processes need
# those cores: with them at work 64 passages took 5.2 s of processor time when spinning and 2.6 s when not. It is read
# once, when torch is first imported; a value that the user has set stands.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
