"""`python -m bot.understanding`: the same as `visitline understand`."""

import sys

from bot.understanding.command_line import main

sys.exit(main(sys.argv[1:]))
