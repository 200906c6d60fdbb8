"""The same over TLS, for frames and for a WebSocket."""

import functools

import ding
from shared import Case, Server


class Tls(Case):
    def test_frames_and_websockets_go_over_tls_on_the_same_port(self):
        plain = self.guest()
        clients = [self.guest(functools.partial(kind, tls=Server.tls)) for kind in (ding.Tcp, ding.WebSocket)]
        self.in_echo(plain, *clients)
        body = bytes(range(256)) * 15
        for client in clients:
            self.assertEqual(self.ok(client, "echo", body), body)
            client.begin("echo_all", b"a" * 4_000)
            for other in (plain, *clients):
                self.assertEqual(other.wait_for("echo_heard").message.payload, b"a" * 4_000)

    def test_a_session_goes_on_over_tls(self):
        one, two = self.guest(), self.guest()
        self.in_echo(one, two)
        two.transport.close()
        self.ok(one, "echo_all", b"missed")
        self.assertEqual(two.resume(self.another(functools.partial(ding.Tcp, tls=Server.tls))).missed, 1)
        self.assertEqual(two.wait_for("echo_heard").message.payload, b"missed")
