from speecheq.models.audit import AuditEvent
from speecheq.models.job import Job
from speecheq.models.lease import Lease
from speecheq.models.outbox import Outbox
from speecheq.models.token import ApiToken
from speecheq.models.user import User

__all__ = ["ApiToken", "AuditEvent", "Job", "Lease", "Outbox", "User"]
