#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""receiver.py http|tcp|udp PORT DIR [PEM]: a receiver of an outlet, as good as DIR/mode says; with the
key and certificate of PEM over https.

What was received is in DIR/got: over HTTP a JSON line a request that was read whole (path, headers,
body, status), over TCP and UDP the bytes. Each request, connection or datagram asks DIR/mode anew:
  http  a status, `429 5` (with Retry-After), hang, garbage, close, cut
  tcp   read, stall (accepts, reads nothing)
  udp   read
"""
import http.server
import json
import os
import socket
import ssl
import sys
import threading
import time

kind, port, where = sys.argv[1], int(sys.argv[2]), sys.argv[3]
os.makedirs(where, exist_ok=True)
lock = threading.Lock()


def mode():
    try:
        with open(os.path.join(where, "mode"), encoding="utf-8") as f:
            return f.read().split()
    except FileNotFoundError:
        return ["200"] if kind == "http" else ["read"]


def keep(data):
    with lock, open(os.path.join(where, "got"), "ab") as f:
        f.write(data)


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        now = mode()
        while now[0] == "hang" and mode() == now:
            time.sleep(0.05)
        if now[0] == "hang":
            self.close_connection = True
            return
        if now[0] in ("garbage", "close", "cut"):
            if now[0] != "close":
                self.wfile.write(b"no HTTP at all\n" if now[0] == "garbage" else b"HTTP/1.1 2")
            self.close_connection = True
            return
        keep(json.dumps({"path": self.path, "status": int(now[0]), "headers": dict(self.headers),
                         "body": body.decode("latin-1")}).encode() + b"\n")
        self.send_response(int(now[0]))
        if len(now) > 1:
            self.send_header("Retry-After", now[1])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):  # pylint: disable=arguments-differ
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args):  # pylint: disable=arguments-differ
        pass  # clients that go, or do not trust us


def serve_tcp(c):
    rest = b""
    with c:
        while True:
            if mode()[0] == "stall":
                time.sleep(0.05)
                continue
            data = c.recv(65536)
            if not data:
                return
            lines, end, rest = (rest + data).rpartition(b"\n")  # a line cut off is none
            keep(lines + end)


if kind == "http":
    server = Server(("127.0.0.1", port), Web)
    if len(sys.argv) > 4:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(sys.argv[4])
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()
elif kind == "tcp":
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.bind(("127.0.0.1", port))
    s.listen()
    while True:
        connection, _ = s.accept()
        threading.Thread(target=serve_tcp, args=(connection,), daemon=True).start()
else:
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.bind(("127.0.0.1", port))
    while True:
        keep(u.recv(65536) + b"")
