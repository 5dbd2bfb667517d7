# SPDX-License-Identifier: MIT
# hostile.py PORT SAMPLES: what no good client sends, one connection each. Prints `NAME: STATUS...`, the
# statuses of the answers in order, `-` for a connection that was closed without one, `waits` for one that
# still was not.
import random
import re
import socket
import sys

port, samples = int(sys.argv[1]), sys.argv[2]
HOST = b"Host: 127.0.0.1\r\n"
LINE = b"71 <190>1 2026-06-18T11:00:00.000001+00:00 host app web.1 - good line one\n"


def talk(data, half=False, cut=False, wait=3):
    s = socket.create_connection(("127.0.0.1", port), 20)
    got = b""
    try:
        if cut:  # byte by byte into two packets, then gone
            s.sendall(data)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            s.close()
            return "gone"
        s.sendall(data)
        if half:
            s.shutdown(socket.SHUT_WR)
        s.settimeout(wait)
        while True:
            chunk = s.recv(65536)
            if not chunk:
                break
            got += chunk
    except (ConnectionError, socket.timeout) as e:
        if isinstance(e, socket.timeout):
            got += b" HTTP/1.1 waits"
    finally:
        s.close()
    return " ".join(m.decode() for m in re.findall(rb"HTTP/1\.[01] (\w+)", got)) or "-"


def show(name, data, **how):
    print(name + ": " + talk(data, **how), flush=True)


def post(body, *headers, path=b"/logs"):
    head = b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n"
    for h in headers:
        head += h + b"\r\n"
    return head + b"\r\n" + body


def length(body):
    return b"Content-Length: %d" % len(body)


# The requests of the samples, their malformed part.
text = open(samples, "rb").read()
part = text[text.index(b"==== PART D"):]
for block in re.findall(rb"#### REQUEST (\d+): ([^\n]*)\n(.*?)#### END", part, re.S):
    number, title, rest = block
    rest = re.sub(rb"^(# [^\n]*\n)*", b"", rest)
    head, body = rest.split(b"\n\n", 1)
    size = int(re.search(rb"Content-Length: (\d+)", head).group(1))
    if b"X-Sample-Encoding: hex" in head:
        body = bytes.fromhex(body.strip().decode())
    head = head.replace(b"/v1/drain", b"/logs").replace(b"ferret.pinebarn.example", b"127.0.0.1")
    head = head.replace(b"\n", b"\r\n") + b"\r\nConnection: close\r\n\r\n"
    show("sample " + number.decode() + " " + title.decode(), head + body[:size])

show("chunked", post(b"4\r\n71 <\r\n46\r\n" + LINE[4:] + b"\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"))
show("chunk of no number", post(b"zz\r\nabc\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"))
show("chunk of 2^64", post(b"ffffffffffffffff1\r\nabc\r\n", b"Transfer-Encoding: chunked"), half=True)
show("chunk of -1", post(b"-1\r\nabc\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"))
show("chunks and a length", post(b"4a\r\n" + LINE + b"\r\n0\r\n\r\n", b"Transfer-Encoding: chunked", b"Content-Length: 3"))
show("length of no number", post(LINE, b"Content-Length: abc"))
show("length below 0", post(LINE, b"Content-Length: -1"))
show("length of 2^64", post(LINE, b"Content-Length: 18446744073709551616"))
show("length above the body, then half-closed", post(LINE, b"Content-Length: 500"), half=True)
show("half-closed", post(LINE, length(LINE)), half=True)
show("Expect", post(LINE, length(LINE), b"Expect: 100-continue"))
show("Expect, too large", post(b"", b"Content-Length: 99999999", b"Expect: 100-continue"))
show("pipelined", (b"POST /logs HTTP/1.1\r\n" + HOST + length(LINE) + b"\r\n\r\n" + LINE) * 3 + post(LINE, length(LINE)))
show("pipelined behind a refusal", b"GET /nowhere HTTP/1.1\r\n" + HOST + b"\r\nGET /health HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
get = b"GET %s HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
show("percent at the end", get % b"/api/checks?window=%")
show("percent and no digits", get % b"/api/checks?window=%zz")
show("percent NUL", get % b"/api/check?app=%00&source=%00")
show("percent 8-bit", get % b"/api/check?app=%ff%fe&source=%c3%28")
show("percent in the path", get % b"/%2e%2e/%2e%2e/etc/passwd")
show("dots in the path", get % b"/static/../../../../etc/passwd")
show("a path of 20 KB", get % (b"/" + b"a" * 20000))
show("a query of 20 KB", get % (b"/api/check?app=" + b"%41" * 6000))
show("ten thousand parameters", get % (b"/api/checks?" + b"a=b&" * 5000))
show("no path", get % b"")
show("whole address", get % b"http://127.0.0.1/health")
show("method of nobody", b"BREW /health HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
show("HTTP/9.9", b"GET /health HTTP/9.9\r\n" + HOST + b"\r\n", half=True)
show("no version", b"GET /health\r\n\r\n", half=True)
show("header without colon", b"GET /health HTTP/1.1\r\n" + HOST + b"nonsense\r\n\r\n", half=True)
show("a thousand headers", b"GET /health HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: y\r\n" % i for i in range(1000)) + b"Connection: close\r\n\r\n")
show("a head of 1 MB", b"GET /health HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 1000000 + b"\r\n\r\n")
show("a head without end", b"GET /health HTTP/1.1\r\n" + HOST + b"X: ", half=True)
show("two Hosts", b"GET /health HTTP/1.1\r\nHost: a\r\n" + HOST + b"Connection: close\r\n\r\n")
show("Basic that is none", get.replace(b"Connection", b"Authorization: Basic ####\r\nConnection") % b"/api/checks")
show("Basic of 20 KB", get.replace(b"Connection", b"Authorization: Basic " + b"QUJD" * 5000 + b"\r\nConnection") % b"/api/checks")
show("cookies", get.replace(b"Connection", b"Cookie: ;;=;ferret_session=;ferret_session=" + b"a" * 9000 + b"\r\nConnection") % b"/api/checks")
show("a form that is none", post(b"%%%&&&===\0\0user=%00&password=%zz", b"Content-Type: application/x-www-form-urlencoded", b"Content-Length: 32", path=b"/login"))
show("a form of 64 KB", post(b"user=" + b"a" * 60000, b"Content-Type: application/x-www-form-urlencoded", b"Content-Length: 60005", path=b"/login"))
show("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)), half=True)
show("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", half=True)
show("nothing, half-closed", b"", half=True)
dice = random.Random(42)
for i in range(200):
    talk(bytes(dice.randrange(256) for _ in range(dice.randrange(1, 400))), half=True, wait=0.02)
for i in range(200):  # a good request, somewhere another byte, cut somewhere
    good = bytearray(post(LINE * 3, length(LINE * 3), b"Content-Type: application/logplex-1", b"Logplex-Msg-Count: 3"))
    for _ in range(dice.randrange(1, 4)):
        good[dice.randrange(len(good))] = dice.randrange(256)
    talk(bytes(good[: dice.randrange(1, len(good) + 1)]), half=True, wait=0.02)
for i in range(100):
    good = post(LINE, length(LINE))
    talk(good[: dice.randrange(1, len(good) + 1)], cut=True)
print("done", flush=True)
