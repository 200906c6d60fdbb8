"""Runs tests of this folder against a server: run.py HOST:PORT MODULE…, with AUTHORITY.pem before the modules if it
speaks TLS. Some ask whoever started the server to do
something to it: a line `please WHAT` on the standard output, answered by a line `done`."""

import ssl
import sys
import unittest

import shared

if __name__ == "__main__":
    address, *modules = sys.argv[1:]
    shared.Server.host, _, port = address.rpartition(":")
    shared.Server.port = int(port)
    if modules[0].endswith(".pem"):
        shared.Server.tls = ssl.create_default_context(cafile=modules.pop(0))
    suite = unittest.defaultTestLoader.loadTestsFromNames(modules)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    sys.exit(not result.wasSuccessful() or not result.testsRun)
