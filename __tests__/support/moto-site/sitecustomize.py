"""
Python loads this before moto_server, by PYTHONPATH. It spares the server what no test needs and what costs a third of its time: a line of
log for each request, and a look through its own folders for each request.
"""

from functools import lru_cache

from moto import backends
from werkzeug.serving import WSGIRequestHandler

WSGIRequestHandler.log_request = lambda *_args, **_options: None

backends.list_of_moto_modules = lru_cache(
    lambda find=backends.list_of_moto_modules: tuple(find())
)
