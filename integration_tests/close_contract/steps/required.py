"""Step 14: does a required custom field bind the API?"""

from __future__ import annotations

from integration_tests.close_contract.record import Fact
from integration_tests.close_contract.steps.stage import Stage


def run(stage: Stage) -> list[Fact]:
    question = "Is a POST refused that leaves out a required custom field?"
    body = {"name": f"{stage.run} shared", "type": "text", "associations": [{"object_type": "lead"}]}
    made = stage.talk.ask("POST", "/custom_field/shared/", body)
    if not made.is_good:
        return [Fact("required_binds", question, "A shared field could not be made.", [made], settled=False)]
    path = f"/custom_field/shared/{made.answer['id']}/"
    try:
        required = stage.talk.ask("PUT", f"{path}association/lead/", {"required": True})
        if not required.is_good or required.answer.get("required") is not True:
            return [Fact("required_binds", question, "It could not be required of leads.", [required], settled=False)]
        exchange = stage.talk.ask("POST", "/lead/", {"name": f"{stage.run} without"})
        return [Fact("required_binds", question, not exchange.is_good, [required, exchange])]
    finally:
        stage.talk.ask("DELETE", path)
