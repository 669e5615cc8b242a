"""
Python loads this before moto_server, by PYTHONPATH. It spares the server what no test needs and what takes a third of its time: a line of log
for each request, a look through its own folders for each request, and a thread of its own for each request. And it bears what a
busy machine does to Terraform.
"""

from functools import lru_cache
from queue import SimpleQueue
from socketserver import ThreadingMixIn
from sys import stderr
from threading import Thread

from moto import backends
from moto.dynamodb.exceptions import ConditionalCheckFailed
from moto.dynamodb.responses import DynamoHandler
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
