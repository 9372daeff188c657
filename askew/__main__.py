"""`python -m askew`, where the `askew` script is not on the path."""

import sys

from askew.command import main

sys.exit(main())
