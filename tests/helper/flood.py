# SPDX-License-Identifier: MIT
# flood.py PORT N BYTES: one drain (?app=flood) over N connections at once, bodies of about BYTES, as fast
# as they are answered, until it is killed. Each second the answers so far: `STATUS=COUNT ...`.
import collections
import socket
import sys
import threading
import time

port, n, size = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
line = b"<190>1 2026-06-18T11:00:00.000001+00:00 host app web.1 - at=info method=GET path=/ status=200\n"
frame = b"%d " % len(line) + line
body = frame * (size // len(frame) or 1)
head = b"POST /logs?app=flood HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/logplex-1\r\nContent-Length: %d\r\n\r\n" % len(body)
answers = collections.Counter()


def send():
    while True:
        try:
            s = socket.create_connection(("127.0.0.1", port), 60)
            while True:
                s.sendall(head + body)
                got = b""
                while b"\r\n\r\n" not in got:
                    chunk = s.recv(4096)
                    if not chunk:
                        raise ConnectionError
                    got += chunk
                status = got.split(b" ")[1].decode()
                answers[status] += 1
                if status != "202":
                    raise ConnectionError  # what follows the head is not looked at
        except OSError:
            answers["closed"] += 1
            time.sleep(0.01)


for _ in range(n):
    threading.Thread(target=send, daemon=True).start()
while True:
    time.sleep(1)
    print(" ".join("%s=%d" % a for a in sorted(answers.items())), flush=True)
