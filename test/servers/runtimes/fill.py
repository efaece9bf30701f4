"""Each process takes half of its share of the memory when it starts; then its threads answer one after the other with an eighth of it.

MEBIBYTES: the share of a process. THREADS: how many answer.
"""

import os
import random
import threading

MIB = 2**20
SHARE = int(os.environ["MEBIBYTES"]) * MIB
THREADS = int(os.environ.get("THREADS", "4"))
ROUNDS = 6


def objects(size):
    """Larger than what Python's own allocator keeps, and smaller than what glibc gives back at once."""
    made = []
    while size > 0:
        made.append(bytearray(random.randrange(600, 8000)))
        size -= len(made[-1])
    return made


KEPT = objects(SHARE // 2)
TURN = threading.Lock()


def answer():
    for _ in range(ROUNDS):
        with TURN:
            # One is kept, at the end of the memory that the others leave.
            KEPT.append(objects(SHARE // 8)[-1])


def fill():
    threads = [threading.Thread(target=answer) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open("/proc/self/statm") as statm:
        resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    print("filled", resident // MIB, flush=True)


fill()


def application(environ, start_response):
    start_response("200 OK", [])
    return [b"ok"]
