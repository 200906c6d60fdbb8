"""What all tests here use: the server that is tested, clients of it, and whoever started it."""

import contextlib
import random
import sys
import unittest

import ding
import page

SCHEMA = ding.Schema(page.SCHEMA)


class Server:
    """Where it is. Set by run.py."""

    host, port, tls = "127.0.0.1", 0, None


def ask(what):
    """Asks whoever runs these tests for something that no client can do, and waits until it is done."""
    print(f"please {what}", flush=True)
    answer = sys.stdin.readline().strip()
    assert answer == "done", f"{what}: {answer}"


class Watched(ding.Client):
    """A client that remembers in `log` all that it heard, in its order."""

    def __init__(self, *arguments):
        self.log = []
        super().__init__(*arguments)

    def _arrived(self, packet, lane, deflated):
        self.log.append(ding.Heard(self._names.get(packet.kind), packet, lane, deflated))
        super()._arrived(packet, lane, deflated)


class Case(unittest.TestCase):
    """A test with clients that are closed at its end."""

    def connect(self, transport=ding.Tcp):
        """Somebody who has said hello."""
        client = Watched(self.another(transport), SCHEMA)
        self.addCleanup(lambda: client.transport.close())
        return client

    def guest(self, transport=ding.Tcp):
        """Somebody who plays, under a new account without a name."""
        client = self.connect(transport)
        client.login("login_guest")
        return client

    def another(self, transport=ding.Tcp):
        """A transport to the same server."""
        return transport(Server.host, Server.port)

    def fresh_name(self):
        """That nobody had before, on this server or another."""
        return "".join(random.choices("bdfgklmnprst", k=14))

    def ok(self, client, kind, body=None, **fields):
        """A command that is executed; gives its result."""
        answer = client.command(kind, body, **fields)
        self.assertEqual((answer.status, answer.error), (ding.OK, ""), kind)
        return answer.result

    def refused(self, client, error, kind, body=None, **fields):
        """A command that is not, and will not be."""
        answer = client.command(kind, body, **fields)
        self.assertEqual((answer.status, answer.error), (ding.REJECTED, error), kind)

    @contextlib.contextmanager
    def closes(self, name):
        """What is done here ends the connection, by this name."""
        with self.assertRaises(ding.Closed) as caught:
            yield
        self.assertEqual((caught.exception.name, caught.exception.code), (name, page.CLOSES[name]))

    def enter(self, client):
        """Into the world with a new character; gives `Entered`."""
        made = SCHEMA.Character.FromString(self.ok(client, "char_create", name=self.fresh_name()))
        return SCHEMA.Entered.FromString(self.ok(client, "char_enter", character=made.id))

    def in_echo(self, *clients):
        """All into the room `echo`."""
        for client in clients:
            self.ok(client, "room_join", room="echo")
