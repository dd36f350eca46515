"""`python -m eval.benchmarks NAME --data DIR`."""

import sys

from eval.benchmarks.command import main

sys.exit(main())
