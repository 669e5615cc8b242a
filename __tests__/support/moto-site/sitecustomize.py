"""
Python loads this before moto_server, by PYTHONPATH. It spares the server what no test needs and what takes a third of its time: a line of log
for each request, a look through its own folders for each request, and a thread of its own for each request.
"""

from functools import lru_cache
from queue import SimpleQueue
from socketserver import ThreadingMixIn
from threading import Thread

from moto import backends
from werkzeug.serving import WSGIRequestHandler

WSGIRequestHandler.log_request = lambda *_args, **_options: None

backends.list_of_moto_modules = lru_cache(
    lambda find=backends.list_of_moto_modules: tuple(find())
)

THREADS = 32
requests = SimpleQueue()
threads = []


def serve():
    while True:
        server, request, address = requests.get()
        server.process_request_thread(request, address)


def process_request(server, request, address):
    if not threads:
        threads.extend(Thread(target=serve, daemon=True) for _ in range(THREADS))
        for thread in threads:
            thread.start()
    requests.put((server, request, address))


ThreadingMixIn.process_request = process_request
