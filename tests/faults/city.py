"""Puts the plain city of the simulated year into the program's database, and changes it there."""

import datetime as dt

from projects.milestones.models import Milestone
from projects.people.models import User
from tests.factories import (
    AskedExtensionFactory,
    DepartmentFactory,
    MembershipFactory,
    MilestoneFactory,
    ProjectFactory,
    UserFactory,
)
from tests.faults.world import Person, Promise, World


class City:
    """The rows of a world; ``promises`` are known by the milestone's key, and the other way."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.users = {person: self._user(person) for person in world.people}
        supervisors = DepartmentFactory(code="supervision", email="")
        for person in world.supervisors:
            self._member(person, supervisors, "supervisor")
        self.milestones: dict[int, Milestone] = {}
        for office in world.offices:
            department = DepartmentFactory(code=f"faults-{office.number}", email=office.mailbox)
            for person in office.reporters:
                self._member(person, department, "reporter")
            for person in office.heads:
                self._member(person, department, "head")
            project = ProjectFactory(
                lead_department=department,
                sponsor=self.users[world.sponsor],
                stage="construction",
            )
            for promise in world.promises:
                if promise.office == office:
                    self.milestones[promise.number] = MilestoneFactory(
                        project=project,
                        name=f"节点{promise.number}",
                        commitment="ensure" if promise.ensured else "plan",
                        officer=self.users[promise.officer] if promise.officer else None,
                        due_on=promise.due_on,
                    )
        self.promise_of = {each.pk: number for number, each in self.milestones.items()}

    def change(self, day: dt.date) -> None:
        """Makes the changes of the morning of a day."""
        for promise in self.world.promises:
            milestone = Milestone.objects.filter(pk=self.milestones[promise.number].pk)
            if promise.done_on == day:
                milestone.update(done_on=day)
            if promise.slipping and promise.slipping[0] == day:
                milestone.update(forecast_on=promise.slipping[1])
            if promise.extended and promise.extended[0] == day:
                self._extend(promise, day)

    def _extend(self, promise: Promise, day: dt.date) -> None:
        milestone = self.milestones[promise.number]
        moment = dt.datetime.combine(day, dt.time(0, 30), dt.UTC)
        AskedExtensionFactory(
            milestone=milestone,
            due_on_before=promise.due_on,
            new_due_on=promise.extended[1],
            state="granted",
            decider="supervisor",
            requested_at=moment,
            signed_at=moment,
            decide_by=day,
            decided_at=moment,
        )
        Milestone.objects.filter(pk=milestone.pk).update(due_on=promise.extended[1])

    def _user(self, person: Person) -> User:
        user = UserFactory(
            username=person.address.partition("@")[0], name=person.name, email=person.address
        )
        for days in person.spared:
            user.tier_opt_outs.create(days_before=days)
        return user

    def _member(self, person: Person, department: object, role: str) -> None:
        MembershipFactory(user=self.users[person], department=department, role=role)
