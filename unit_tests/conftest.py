"""Under which conditions do all tests run?"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# how long an example takes tells of the machine, and of what else runs on it
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
