"""
Python loads this before moto_server, by PYTHONPATH. It spares the server what no test needs and what takes half of its time: a
connection for each request, a look through its own folders and the addresses of all services for each request. And it
bears what a busy machine does to Terraform.
"""

from functools import lru_cache
from queue import SimpleQueue
from socketserver import ThreadingMixIn
from sys import stderr
from threading import Semaphore, Thread

from flask import debughelpers
from http_connection import Connection
from moto import backends
from moto.core import responses
from moto.dynamodb.exceptions import ConditionalCheckFailed
from moto.dynamodb.responses import DynamoHandler
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from werkzeug import serving

serving.WSGIRequestHandler = Connection

backends.list_of_moto_modules = lru_cache(
    lambda find=backends.list_of_moto_modules: tuple(find())
)
DomainDispatcherApplication.get_backend_for_host = lru_cache(
    DomainDispatcherApplication.get_backend_for_host
)
responses.method_names_from_class = lru_cache(responses.method_names_from_class)
# It makes a class for each request, for a hint to who writes an HTML form.
debughelpers.attach_enctype_error_multidict = lambda _request: None

connections = SimpleQueue()
idle = Semaphore(0)


def serve():
    while True:
        server, connection, address = connections.get()
        server.process_request_thread(connection, address)
        idle.release()


def process_connection(server, connection, address):
    """An open connection has a thread of its own, which the next one takes over."""
    connections.put((server, connection, address))
    if not idle.acquire(blocking=False):
        Thread(target=serve, daemon=True).start()


ThreadingMixIn.process_request = process_connection


put_item = DynamoHandler.put_item


def put_item_once(self):
    """
    On a busy machine an answer of this server gets lost now and then. Terraform's SDK then sends its PutItem again, and meets the lock
    that it has just taken. Real DynamoDB answers like that, too, but there no answer is lost by the dozen.
    """
    try:
        return put_item(self)
    except ConditionalCheckFailed:
        item = self.body["Item"]
        stored = self.dynamodb_backend.get_item(self.body["TableName"], item)
        is_repeated = stored is not None and stored.to_json()["Attributes"] == item
        if not is_repeated or "aws-sdk-go" not in self.headers.get("User-Agent", ""):
            raise
        print("Terraform sent a PutItem twice", file=stderr, flush=True)
        # It puts the same item once more.
        del self.body["ConditionExpression"]
        return put_item(self)


DynamoHandler.put_item = put_item_once
