"""`python -m referhub` is the command line too."""

import sys

from referhub import main

if __name__ == "__main__":
    sys.exit(main())
