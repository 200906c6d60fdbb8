"""A server whose sessions wait for their player no longer than a second: run it with `game.resume_grace_ms=1000`."""

import ding
from shared import SCHEMA, Case


class Expiry(Case):
    def test_a_session_waits_as_long_as_it_said_and_leaves_its_room_then(self):
        one, two = self.guest(), self.guest()
        self.in_echo(one, two)
        self.assertEqual(one.session.grace_ms, 1_000)
        one.transport.close()
        # The time passes in the server.
        with self.assertRaises(TimeoutError):
            two.wait_for("close", seconds=2.5)
        with self.assertRaisesRegex(ding.Refused, "expired"):
            one.resume(self.another())
        one.login("login_ticket", ticket=one.session.ticket)
        self.refused(one, "not_in_room", "echo", b"am I here?")
        joined = SCHEMA.RoomJoined.FromString(self.ok(one, "room_join", room="echo"))
        self.assertEqual(joined.members, 2)
