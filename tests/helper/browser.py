# SPDX-License-Identifier: MIT
"""browser.py: Chromium without a window, over its DevTools protocol, for tests of pages.

    with Browser(folder) as b:
        page = b.page(1280, 800, "dark")
        page.goto(url)
        page.wait("document.body.dataset.ready === '1'", 30)

What a page complained about (console errors, exceptions, refused by its policy, failed requests)
is in page.complaints. An address is reached through --host-resolver-rules nowhere but loopback, which
has the names given to Browser, too.
"""
import base64
import json
import os
import shutil
import subprocess
import time

import websocket


class Failed(Exception):
    """What DevTools refused, or what did not come in time."""


class Browser:
    def __init__(self, folder, names=""):
        self.folder = folder
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        if not program:
            raise Failed("no chromium here (Aptfile.test)")
        self.log = open(os.path.join(folder, "chromium.log"), "wb")
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--remote-debugging-port=0", "--remote-allow-origins=*", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-extensions",
             "--hide-scrollbars", "--force-prefers-reduced-motion", "--lang=en-GB",
             "--host-resolver-rules=" + "".join(f"MAP {n} 127.0.0.1 , " for n in names.split()) +
             "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
             f"--user-data-dir={folder}/profile", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
            env={**os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder,
                 "TZ": os.environ.get("TZ", "Europe/Berlin")})
        self.socket = websocket.create_connection(self._address(), timeout=120, max_size=None)
        self.count = 0
        self.pages = {}

    def _address(self):
        path = os.path.join(self.folder, "profile", "DevToolsActivePort")
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Failed(f"chromium ended with {self.process.returncode}; see chromium.log")
            try:
                port, name = open(path).read().split("\n")[:2]
                return f"ws://127.0.0.1:{port}{name}"
            except (OSError, ValueError):
                time.sleep(0.05)
        raise Failed("chromium did not come up")

    def __enter__(self):
        return self

    def __exit__(self, *what):
        try:
            self.send("Browser.close")
        except Exception:
            pass
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def send(self, method, params=None, session=None):
        self.count += 1
        wanted = self.count
        message = {"id": wanted, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        self.socket.send(json.dumps(message))
        while True:
            answer = self._receive()
            if answer.get("id") == wanted:
                if "error" in answer:
                    raise Failed(f"{method}: {answer['error'].get('message')}")
                return answer.get("result", {})

    def _receive(self):
        message = json.loads(self.socket.recv())
        page = self.pages.get(message.get("sessionId"))
        if page and "method" in message:
            page.heard(message["method"], message.get("params", {}))
        return message

    def page(self, width, height, scheme="light"):
        target = self.send("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.send("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = self.pages[session] = Page(self, target, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.send(f"{domain}.enable")
        page.shape(width, height, scheme)
        return page


class Page:
    def __init__(self, browser, target, session):
        self.browser, self.target, self.session = browser, target, session
        self.complaints, self.loaded, self.urls = [], 0, {}

    def send(self, method, params=None):
        return self.browser.send(method, params, self.session)

    def shape(self, width, height, scheme):
        self.send("Emulation.setDeviceMetricsOverride",
                  {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
        self.send("Emulation.setEmulatedMedia",
                  {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def heard(self, method, p):
        if method == "Runtime.exceptionThrown":
            d = p["exceptionDetails"]
            self.complaints.append("exception: " + d.get("exception", {}).get("description", d["text"])[:300])
        elif method == "Runtime.consoleAPICalled" and p["type"] in ("error", "warning", "assert"):
            self.complaints.append("console: " + " ".join(str(a.get("value", a.get("description"))) for a in p["args"])[:300])
        elif method == "Log.entryAdded" and p["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{p['entry']['source']}: {p['entry']['text'][:300]} {p['entry'].get('url', '')}")
        elif method == "Page.loadEventFired":
            self.loaded += 1

    def goto(self, url):
        before = self.loaded
        result = self.send("Page.navigate", {"url": url})
        if result.get("errorText"):
            raise Failed(f"{url}: {result['errorText']}")
        end = time.monotonic() + 60
        while self.loaded == before:
            if time.monotonic() > end:
                raise Failed(f"{url} is not loaded")
            self.eval("0")

    def eval(self, text):
        result = self.send("Runtime.evaluate", {"expression": text, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in result:
            d = result["exceptionDetails"]
            raise Failed(f"{text[:200]}: {d.get('exception', {}).get('description', d['text'])}")
        return result["result"].get("value")

    def wait(self, text, seconds=30):
        """Until the expression is true; its value, or False at the deadline."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = self.eval(text)
            except Failed as why:  # the page is being left for another: ask that one
                if not any(word in str(why) for word in ("navigated", "context", "null", "undefined")):
                    raise
                value = False
            if value or time.monotonic() > end:
                return value or False
            time.sleep(0.05)

    def key(self, key, shift=False):
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38}
        event = {"key": key, "modifiers": 8 if shift else 0, "windowsVirtualKeyCode": codes.get(key, 0)}
        if len(key) == 1:
            event["text"] = key
        elif key == "Enter":
            event["text"] = "\r"
        self.send("Input.dispatchKeyEvent", {"type": "keyDown", **event})
        event.pop("text", None)
        self.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def type(self, text):
        self.send("Input.insertText", {"text": text})

    def shot(self, path, whole=True):
        size = self.eval("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") if whole else None
        params = {"format": "png"}
        if size:
            params.update(captureBeyondViewport=True,
                          clip={"x": 0, "y": 0, "width": size[0], "height": min(size[1], 6000), "scale": 1})
        with open(path, "wb") as out:
            out.write(base64.b64decode(self.send("Page.captureScreenshot", params)["data"]))

    def close(self):
        self.browser.send("Target.closeTarget", {"targetId": self.target})
