"""Which pipelines are there, and which statuses can an opportunity have in them?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from integration_tests.close_sandbox.ids import Ids

STATUS_TYPES = ("active", "won", "lost")
FIRST_STATUSES = (("Active", "active"), ("Won", "won"), ("Lost", "lost"))


@dataclass(frozen=True, slots=True)
class OpportunityStatus:
    id: str
    label: str
    type: str
    pipeline_id: str


@dataclass(slots=True)
class Pipelines:
    """The pipelines of one organization, in its order; the first status of the first is the default of new opportunities."""

    organization_id: str
    ids: Ids
    names: dict[str, str] = field(default_factory=dict)
    """By id."""

    statuses: dict[str, OpportunityStatus] = field(default_factory=dict)
    """Of all pipelines, each pipeline's in its order."""

    def add(self, name: str, statuses: Iterable[tuple[str, str]] = FIRST_STATUSES, pipeline_id: str | None = None) -> str:
        pipeline_id = pipeline_id or self.ids.new("pipe")
        self.names[pipeline_id] = name
        for label, kind in statuses:
            self.add_status(pipeline_id, label, kind)
        return pipeline_id

    def add_status(self, pipeline_id: str, label: str, kind: str, status_id: str | None = None) -> str:
        """Raises ValueError for what no status is like."""
        if pipeline_id not in self.names or kind not in STATUS_TYPES:
            raise ValueError(f"a status needs a pipeline and one of the types {', '.join(STATUS_TYPES)}")
        status_id = status_id or self.ids.new("stat")
        self.statuses[status_id] = OpportunityStatus(status_id, label, kind, pipeline_id)
        return status_id

    # --- looking -----------------------------------------------------------------------------------------------------

    def of(self, pipeline_id: str) -> list[OpportunityStatus]:
        return [status for status in self.statuses.values() if status.pipeline_id == pipeline_id]

    def first(self, pipeline_id: str | None = None) -> OpportunityStatus | None:
        """The first status of a pipeline, or of the organization."""
        return next((one for pipeline in ([pipeline_id] if pipeline_id else self.names) for one in self.of(pipeline)), None)

    def labelled(self, label: str, pipeline_id: str) -> OpportunityStatus | None:
        return next((status for status in self.of(pipeline_id) if status.label == label), None)

    def answers(self) -> list[dict[str, Any]]:
        return [self.answer(pipeline_id) for pipeline_id in self.names]

    def answer(self, pipeline_id: str) -> dict[str, Any]:
        return {
            "id": pipeline_id,
            "name": self.names[pipeline_id],
            "organization_id": self.organization_id,
            "statuses": [{"id": one.id, "label": one.label, "type": one.type} for one in self.of(pipeline_id)],
        }

    def status_answer(self, status: OpportunityStatus) -> Mapping[str, Any]:
        """As the flat list has it: recordings lack the pipeline there."""
        return {"id": status.id, "label": status.label, "type": status.type, "organization_id": self.organization_id}
