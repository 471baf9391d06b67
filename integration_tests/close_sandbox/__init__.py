"""A Close in memory that is honest: what does the connector meet when nobody can reach the real one?

One core, two fronts: `SandboxAdapter` for a `requests.Session` in the same process, and an HTTP server
(`python -m integration_tests.close_sandbox`, or `server.running_server` in a test).
"""

from integration_tests.close_sandbox.adapter import SandboxAdapter
from integration_tests.close_sandbox.clock import FakeClock
from integration_tests.close_sandbox.close import Close
from integration_tests.close_sandbox.faults import Fault
from integration_tests.close_sandbox.settings import CALM, RECORDED_LIMITS, Settings
from integration_tests.close_sandbox.wire import Answer, Call, Request

__all__ = ["CALM", "RECORDED_LIMITS", "Answer", "Call", "Close", "FakeClock", "Fault", "Request", "SandboxAdapter", "Settings"]
