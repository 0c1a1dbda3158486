# CPU seconds, wall seconds and peak memory of one shell line with everything it starts, as JSON on the last line of standard
# error. Node can ask for its own usage only; getrusage gives that of children, and python3 is where compilers are.
import json
import resource
import subprocess
import sys
import time


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# Where "python3" is a script that ends in an exec, as pyenv's is, what that started counts as ours.
before = cpu()
began = time.monotonic()
status = subprocess.call(["bash", "-c", sys.argv[1]])
wall = time.monotonic() - began
# ru_maxrss: KiB, of the largest single process; not less than this interpreter's own, which each child is for a moment.
mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(json.dumps({"status": status, "cpu": cpu() - before, "wall": wall, "mib": mib}), file=sys.stderr)
