# SPDX-License-Identifier: MIT
# crowd.py PORT KIND N: N connections that do what no good client does, until this is killed. Tells
# `open N` (as many are still there), `closed N` (as many were closed), `answered STATUS`.
# idle: nothing. line, head, body: a byte now and then. late: a request after three silent seconds.
# bodies: 3 MB of a body each, and no more.
import errno
import resource
import select
import socket
import sys
import time

port, kind, n = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
HEAD = b"POST /logs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
START = {
    "idle": b"",
    "late": b"",
    "line": b"GET /heal",
    "head": HEAD + b"X-Slow: ",
    "body": HEAD + b"Content-Length: 100000\r\n\r\n",
    "bodies": HEAD + b"Content-Length: 3500000\r\n\r\n",
}


def say(*words):
    print(*words, flush=True)


def connect():
    while True:
        s = socket.socket()
        try:
            s.connect(("127.0.0.1", port))
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            s.sendall(START[kind])
            if kind == "bodies":
                s.sendall(b"x\n" * 1500000)
            s.setblocking(False)
            return s
        except OSError as e:
            if e.errno in (errno.ECONNRESET, errno.EPIPE):
                return s
            s.close()
            time.sleep(0.01)


socks = [connect() for _ in range(n)]
alive = dict((s.fileno(), s) for s in socks)
poll = select.epoll()
for s in socks:
    poll.register(s, select.EPOLLIN | select.EPOLLHUP)
began = last = time.monotonic()
sent = closed = 0
told = None
say("open", n) if kind == "idle" and len(alive) == n and not poll.poll(0.5) else None
while True:
    for fd, _ in poll.poll(0.1):
        try:
            data = alive[fd].recv(65536)
        except OSError:
            data = b""
        if data:
            say("answered", data.split(b" ")[1].decode())
            if kind == "late":
                say("answered", n)
        else:
            poll.unregister(fd)
            alive.pop(fd).close()
            closed += 1
    now = time.monotonic()
    if kind in ("line", "head", "body") and now - last > 0.2:
        last = now
        for s in list(alive.values()):
            try:
                s.send(b"x")
            except OSError:
                pass
    if kind == "late" and now - began > 3 and not sent:
        sent = 1
        for s in alive.values():
            s.send(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    if told != (len(alive), closed):
        told = (len(alive), closed)
        say("open", len(alive))
        say("closed", closed)
