#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tollgate.py PORT TO-PORT: passes HTTP requests on to 127.0.0.1:TO-PORT and notes each as a line
`METHOD PATH STATUS` in ./toll. A file ./kill with `N WHEN` (before, after) makes it kill -9 the process
whose id is in ./victim at the N-th request that changes something: before it is passed on, or after it
was done and before its answer is given. The file is gone then."""
import http.client, http.server, os, signal, socketserver, sys, threading

lock = threading.Lock()


def due():
    """Is this request, which changes something, the one? before, after or nothing."""
    with lock:
        try:
            n, when = open("kill").read().split()
        except (OSError, ValueError):
            return ""
        if int(n) > 1:
            with open("kill.new", "w") as f:
                f.write(f"{int(n) - 1} {when}\n")
            os.rename("kill.new", "kill")
            return ""
        os.unlink("kill")
        return when


class Gate(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def kill(self):
        os.kill(int(open("victim").read()), signal.SIGKILL)
        self.close_connection = True

    def do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        when = due() if self.command != "GET" else ""
        if when == "before":
            return self.kill()
        to = http.client.HTTPConnection("127.0.0.1", int(sys.argv[2]), timeout=600)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
        to.request(self.command, self.path, body, headers)
        answer = to.getresponse()
        data = answer.read()
        to.close()
        with lock, open("toll", "a") as toll:
            toll.write(f"{self.command} {self.path} {answer.status}\n")
        if when == "after":
            return self.kill()
        self.send_response_only(answer.status)
        for k, v in answer.getheaders():
            if k.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(k, v)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, address):
        pass  # a client that was killed


Server(("127.0.0.1", int(sys.argv[1])), Gate).serve_forever()
