"""One integer type per kind of id, so that a type checker tells them apart."""

from typing import NewType

FacilityId = NewType("FacilityId", int)
TerminalId = NewType("TerminalId", int)
KioskId = NewType("KioskId", int)
ResidentId = NewType("ResidentId", int)
PersonId = NewType("PersonId", int)
VisitId = NewType("VisitId", int)
GrantId = NewType("GrantId", int)
JobId = NewType("JobId", int)
DeviceId = NewType("DeviceId", int)
