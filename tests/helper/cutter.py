#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutter.py PORT TARGET-PORT EVERY: passes HTTP requests on, one a connection, and kills each EVERY-th answer:
in turn before the request reaches its end, after it was passed on but not answered, and after the answer came
but was not passed back. Writes one word for each request to standard output."""
import socket
import sys
import threading

port, target, every = (int(a) for a in sys.argv[1:4])
lock = threading.Lock()
count = 0


def read_message(sock):
    data = b""
    while b"\r\n\r\n" not in data:
        part = sock.recv(65536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(l.lower().split(b":", 1) for l in head.split(b"\r\n")[1:] if b":" in l)
    if fields.get(b"expect", b"").strip() == b"100-continue":
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = int(fields.get(b"content-length", b"0"))
    while len(body) < length:
        part = sock.recv(65536)
        if not part:
            return None
        body += part
    lines = [l for l in head.split(b"\r\n") if not l.lower().startswith((b"connection:", b"expect:"))]
    return b"\r\n".join(lines) + b"\r\nConnection: close\r\n\r\n" + body


def serve(client):
    global count
    with client:
        client.settimeout(60)
        request = read_message(client)
        if request is None:
            return
        with lock:
            count += 1
            cut = count // every % 3 if count % every == 0 else -1
            print(["half", "unheard", "unsaid", "whole"][cut], flush=True)
        with socket.create_connection(("127.0.0.1", target), 60) as server:
            if cut == 0:
                server.sendall(request[: len(request) // 2])
                return
            server.sendall(request)
            if cut == 1:
                return
            answer = b""
            while True:
                part = server.recv(65536)
                if not part:
                    break
                answer += part
            if cut != 2:
                client.sendall(answer)


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", port))
listener.listen(64)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
