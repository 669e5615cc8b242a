"""How the server speaks HTTP/1.1: a connection stays open for as long as its client wants, and an answer is one write."""

from http import HTTPStatus
from io import BytesIO
from socketserver import StreamRequestHandler
from sys import stderr
from traceback import print_exc
from urllib.parse import unquote_to_bytes, urlsplit

from werkzeug.exceptions import InternalServerError
from werkzeug.http import http_date
from werkzeug.serving import DechunkedInput

BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}


class Connection(StreamRequestHandler):
    """
    Werkzeug closes a connection after each answer, and waits 10 ms before that for what the client may still send. Here the whole
    request is read before the application sees it, so that nothing unread is left which would turn a close into a reset.
    """

    disable_nagle_algorithm = True
    rbufsize = 64 * 1024

    def handle(self):
        try:
            while self.answer_next():
                pass
        except ConnectionError:
            # The client has left.
            pass

    def answer_next(self):
        """Whether the connection stays open."""
        line = self.rfile.readline().decode("latin-1").split()
        if len(line) != 3:
            return False
        method, target, version = line
        headers = self.read_headers()
        if headers is None:
            return False
        environ = self.make_environ(method, target, version, headers)
        if environ.get("HTTP_EXPECT", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.read_body(environ)
        if body is None:
            return False
        environ["wsgi.input"] = BytesIO(body)
        stays = version == "HTTP/1.1" and environ.get("HTTP_CONNECTION", "").lower() != "close"
        self.answer(environ, stays)
        return stays

    def read_headers(self):
        """None where the client left in the middle."""
        headers = {}
        while (line := self.rfile.readline()) not in (b"\r\n", b"\n"):
            if not line.endswith(b"\n"):
                return None
            name, _, value = line.decode("latin-1").partition(":")
            if "_" in name:
                continue
            key = name.upper().replace("-", "_")
            value = value.strip()
            headers[key] = f"{headers[key]},{value}" if key in headers else value
        return headers

    def make_environ(self, method, target, version, headers):
        url = urlsplit(target)
        if not url.scheme and url.netloc:
            # A path that starts with two slashes.
            path, host = f"/{url.netloc}{url.path}", None
        else:
            path, host = url.path, url.netloc
        environ = {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input_terminated": True,
            "wsgi.errors": stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "SERVER_SOFTWARE": "moto",
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": url.query,
            "REQUEST_URI": target,
            "RAW_URI": target,
            "REMOTE_ADDR": self.client_address[0],
            "REMOTE_PORT": self.client_address[1],
            "SERVER_NAME": self.server.server_address[0],
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": version,
        }
        for key, value in headers.items():
            is_content = key in ("CONTENT_TYPE", "CONTENT_LENGTH")
            environ[key if is_content else f"HTTP_{key}"] = value
        if host:
            environ["HTTP_HOST"] = host
        return environ

    def read_body(self, environ):
        """None where the client left in the middle."""
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", ""):
            try:
                return DechunkedInput(self.rfile).read()
            except OSError:
                return None
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = self.rfile.read(length)
        return body if len(body) == length else None

    def answer(self, environ, stays):
        try:
            status, headers, body = call(self.server.app, environ)
        except Exception:
            print_exc()
            status, headers, body = call(InternalServerError(), environ)
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
        names = {name.lower() for name, _ in headers}
        is_bodiless = environ["REQUEST_METHOD"] == "HEAD" or int(status[:3]) in BODILESS
        if "content-length" not in names and not is_bodiless:
            lines.append(f"Content-Length: {len(body)}")
        if "date" not in names:
            lines.append(f"Date: {http_date()}")
        if not stays:
            lines.append("Connection: close")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.wfile.write(head if is_bodiless else head + body)


def call(app, environ):
    """Status line, headers and whole body of the application's answer."""
    started = []

    def start_response(status, headers, _error=None):
        started[:] = [status, headers]

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return (*started, body)
