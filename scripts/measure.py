# CPU seconds, wall seconds and peak memory of one shell line with everything it starts, as JSON on the last line of standard
# error. Node can ask for its own usage only; getrusage gives that of children, and python3 is where compilers are.
import json
import resource
import subprocess
import sys
import time

began = time.monotonic()
status = subprocess.call(["bash", "-c", sys.argv[1]])
wall = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
# ru_maxrss: KiB, of the largest single process; not less than this interpreter's own, which each child is for a moment.
print(json.dumps({"status": status, "cpu": used.ru_utime + used.ru_stime, "wall": wall, "mib": used.ru_maxrss / 1024}), file=sys.stderr)
