"""Who may do what to which row, written by hand from the domain's rules; no code was asked.

The columns are people: a reporter and a head of one department, a reporter of the programme
office, and a supervisor, a judge, a leader, a viewer and somebody without any role, all of other
departments. Each letter in a column is a row that the person may do it to:

    o  own: of a project that the first two's department leads
    s  of a project that it supports
    x  of a project that is none of its business; or any row, where rows belong to nobody
    m  mine: about the person alone (raised, scored, received by them), else none of their business
    p  of a published inspection round, else none of their business

A dash is nobody's row. What a person may not see answers 404, what they may not do 403.
"""

PEOPLE = ("reporter", "head", "office", "supervisor", "judge", "leader", "viewer", "nobody")

EXPECTED = """
#                                        reporter head  office supervisor judge leader viewer nobody
projects.Department           view       x        x     x      x          x     x      x      x
projects.Department           add        -        -     -      x          -     -      -      -
projects.Department           change     -        -     -      x          -     -      -      -
projects.Department           delete     -        -     -      x          -     -      -      -
projects.User                 view       x        x     x      x          x     x      x      x
projects.User                 add        -        -     -      -          -     -      -      -
projects.User                 change     -        -     -      -          -     -      -      -
projects.User                 delete     -        -     -      -          -     -      -      -
projects.Membership           view       x        x     x      x          x     x      x      x
projects.Membership           add        -        -     -      -          -     -      -      -
projects.Membership           change     -        -     -      -          -     -      -      -
projects.Membership           delete     -        -     -      -          -     -      -      -
projects.CalendarDay          view       x        x     x      x          x     x      x      x
projects.CalendarDay          add        -        -     -      x          -     -      -      -
projects.CalendarDay          change     -        -     -      x          -     -      -      -
projects.CalendarDay          delete     -        -     -      x          -     -      -      -

# The year's programme: departments propose, the programme office and the supervisors decide.
projects.Programme            view       x        x     x      x          x     x      x      x
projects.Programme            add        -        -     x      x          -     -      -      -
projects.Programme            change     -        -     x      x          -     -      -      -
projects.Programme            delete     -        -     -      x          -     -      -      -
projects.Programme            approve    -        -     x      x          -     -      -      -
projects.ProgrammeEntry       view       osx      osx   osx    osx        osx   osx    osx    osx
projects.ProgrammeEntry       add        o        o     osx    osx        -     -      -      -
projects.ProgrammeEntry       change     o        o     osx    osx        -     -      -      -
projects.ProgrammeEntry       delete     -        -     osx    osx        -     -      -      -
projects.ProgrammeEntry       approve    -        -     osx    osx        -     -      -      -
projects.ProgrammeEntry       rebaseline -        -     osx    osx        -     -      -      -
projects.ProgrammeEntry       leave      -        -     osx    osx        -     -      -      -
projects.Baseline             view       x        x     x      x          x     x      x      x
projects.PlanPoint            view       osx      osx   osx    osx        osx   osx    osx    osx
projects.PlanPoint            add        o        o     osx    osx        -     -      -      -
projects.PlanPoint            change     o        o     osx    osx        -     -      -      -
projects.PlanPoint            delete     o        o     osx    osx        -     -      -      -

# Monthly returns: the department fills in, its head confirms, the programme office accepts.
projects.ReturnPeriod         view       x        x     x      x          x     x      x      x
projects.ReturnPeriod         add        -        -     x      x          -     -      -      -
projects.ProgressReturn       view       os       os    osx    osx        -     osx    osx    -
projects.ProgressReturn       change     o        o     -      -          -     -      -      -
projects.ProgressReturn       submit     o        o     -      -          -     -      -      -
projects.ProgressReturn       confirm    -        o     -      -          -     -      -      -
projects.ProgressReturn       send_back  -        o     osx    -          -     -      -      -
projects.ProgressReturn       accept     -        -     osx    -          -     -      -      -
projects.ProgressReturn       correct    o        o     -      -          -     -      -      -
projects.SpotCheck            view       os       os    osx    osx        -     osx    osx    -
projects.SpotCheck            add        -        -     -      osx        -     -      -      -

# Lights: everybody sees them, supervisors set them right.
projects.LightPolicy          view       x        x     x      x          x     x      x      x
projects.LightPolicy          add        -        -     -      x          -     -      -      -
projects.MonthlyLight         view       x        x     x      x          x     x      x      x
projects.MonthlyLight         add        -        -     -      x          -     -      -      -
projects.LightOverride        view       x        x     x      x          x     x      x      x
projects.LightOverride        add        -        -     -      x          -     -      -      -
projects.LightOverride        change     -        -     -      x          -     -      -      -
projects.LightOverride        delete     -        -     -      x          -     -      -      -
projects.LightExemption       view       x        x     x      x          x     x      x      x
projects.LightExemption       add        -        -     -      x          -     -      -      -
projects.LightExemption       change     -        -     -      x          -     -      -      -
projects.LightExemption       delete     -        -     -      x          -     -      -      -

# Problems: who stands in it sees it; whoever raised it closes the loop, or opens it again.
projects.Problem              view       osm      osm   osxm   osxm       m     osxm   osxm   m
projects.Problem              add        os       os    -      osxm       -     -      -      -
projects.Problem              change     o        o     -      -          -     -      -      -
projects.Problem              delete     -        -     -      osxm       -     -      -      -
projects.Problem              assign     -        -     osxm   osxm       -     -      -      -
projects.Problem              solve      o        o     -      -          -     -      -      -
projects.Problem              confirm    m        m     m      m          m     m      m      m
projects.Problem              reopen     m        m     m      osxm       m     m      m      m
projects.FundingApplication   view       os       os    osx    osx        -     osx    osx    -
projects.FundingApplication   add        o        o     osx    -          -     -      -      -
projects.FundingApplication   change     o        o     osx    -          -     -      -      -
projects.FundingApplication   delete     -        -     osx    osx        -     -      -      -
projects.HandoverStep         view       os       os    -      osx        -     osx    osx    -
projects.HandoverStep         report     o        o     -      -          -     -      -      -
projects.HandoverStep         decide     -        -     -      osx        -     -      -      -
projects.EvidenceFile         view       os       os    osx    osx        -     osx    osx    -
projects.EvidenceFile         add        os       os    -      osx        -     -      -      -

# The register itself.
projects.Project              view       osx      osx   osx    osx        osx   osx    osx    osx
projects.Project              add        o        o     osx    osx        -     -      -      -
projects.Project              change     o        o     osx    osx        -     -      -      -
projects.Project              delete     -        -     osx    osx        -     -      -      -
projects.StageTransition      view       osx      osx   osx    osx        osx   osx    osx    osx
projects.StageTransition      add        o        o     -      osx        -     -      -      -
projects.StageTransition      move_back  -        -     -      osx        -     -      -      -
projects.Milestone            view       osx      osx   osx    osx        osx   osx    osx    osx
projects.Milestone            add        o        o     -      osx        -     -      -      -
projects.Milestone            change     o        o     -      osx        -     -      -      -
projects.Milestone            delete     -        -     -      osx        -     -      -      -
projects.ExtensionRequest     view       os       os    -      osx        -     osx    osx    -
projects.ExtensionRequest     add        o        o     -      -          -     -      -      -
projects.ExtensionRequest     change     o        o     -      -          -     -      -      -
projects.ExtensionRequest     delete     o        o     -      -          -     -      -      -
projects.ExtensionRequest     sign       -        o     -      -          -     -      -      -
projects.ExtensionRequest     decide     -        -     -      osx        -     osx    -      -

# The inspection: supervisors run it, judges score, a leader approves.
projects.InspectionRound      view       x        x     x      x          x     x      x      x
projects.InspectionRound      add        -        -     -      x          -     -      -      -
projects.InspectionRound      change     -        -     -      x          -     -      -      -
projects.InspectionRound      delete     -        -     -      x          -     -      -      -
projects.InspectionRound      open       -        -     -      x          -     -      -      -
projects.InspectionRound      close      -        -     -      x          -     -      -      -
projects.InspectionRound      approve    -        -     -      -          -     x      -      -
projects.InspectionRound      publish    -        -     -      x          -     -      -      -
projects.InspectionDeduction  view       os       os    -      osx        -     osx    osx    -
projects.InspectionDeduction  add        -        -     -      osx        -     -      -      -
projects.InspectionDeduction  change     -        -     -      osx        -     -      -      -
projects.InspectionDeduction  delete     -        -     -      osx        -     -      -      -
projects.InspectionResult     view       x        x     x      x          x     x      x      x
projects.Amendment            view       x        x     x      x          x     x      x      x
projects.Amendment            add        -        -     -      x          -     -      -      -
projects.InspectionEntry      view       x        x     x      x          x     x      x      x
projects.InspectionEntry      add        -        -     -      x          -     -      -      -
projects.InspectionEntry      change     -        -     -      x          -     -      -      -
projects.InspectionEntry      delete     -        -     -      x          -     -      -      -
projects.InspectionScore      view       osp      osp   p      osxmp      mp    osxmp  osxmp  p
projects.InspectionScore      add        -        -     -      osxmp      m     -      -      -
projects.InspectionScore      change     -        -     -      osxmp      m     -      -      -
projects.InspectionScore      delete     -        -     -      osxmp      -     -      -      -

# Targets: a department reports, it never changes what was promised.
targets.Target                view       x        x     x      x          x     x      x      x
targets.Target                add        -        -     -      x          -     -      -      -
targets.Target                change     -        -     -      x          -     -      -      -
targets.Target                delete     -        -     -      x          -     -      -      -
targets.TargetPart            view       x        x     x      x          x     x      x      x
targets.TargetPart            add        -        -     -      x          -     -      -      -
targets.TargetPart            change     -        -     -      x          -     -      -      -
targets.TargetPart            delete     -        -     -      x          -     -      -      -
targets.TargetPathPoint       view       x        x     x      x          x     x      x      x
targets.TargetPathPoint       add        -        -     -      x          -     -      -      -
targets.TargetPathPoint       change     -        -     -      x          -     -      -      -
targets.TargetPathPoint       delete     -        -     -      x          -     -      -      -
targets.WorkItem              view       osx      osx   osx    osx        osx   osx    osx    osx
targets.WorkItem              add        o        o     -      osx        -     -      -      -
targets.WorkItem              change     o        o     -      osx        -     -      -      -
targets.WorkItem              delete     -        -     -      osx        -     -      -      -
targets.WorkItemStep          view       os       os    -      osx        -     osx    osx    -
targets.WorkItemStep          report     o        o     -      -          -     -      -      -
targets.WorkItemStep          decide     -        -     -      osx        -     -      -      -
targets.WorkItemEvidence      view       os       os    -      osx        -     osx    osx    -
targets.WorkItemEvidence      add        os       os    -      osx        -     -      -      -
targets.Measurement           view       osx      osx   osx    osx        osx   osx    osx    osx
targets.Measurement           add        o        o     -      osx        -     -      -      -

# What was told to whom.
notifications.Reminder        view       om       om    m      osxm       m     osxm   osxm   m
notifications.Message         view       m        m     m      xm         m     m      xm     m
notifications.Message         acknowledge m       m     m      m          m     m      m      m
notifications.ReminderPolicy  view       x        x     x      x          x     x      x      x
notifications.ReminderPolicy  add        -        -     -      x          -     -      -      -
notifications.ReminderPolicy  preview    -        -     -      x          -     -      x      -
notifications.TierOptOut      view       m        m     m      xm         m     m      m      m
notifications.TierOptOut      add        m        m     m      m          m     m      m      m
notifications.TierOptOut      delete     m        m     m      m          m     m      m      m
notifications.CalendarFeed    view       m        m     m      m          m     m      m      m
notifications.CalendarFeed    add        m        m     m      m          m     m      m      m
notifications.CalendarFeed    revoke     m        m     m      m          m     m      m      m
notifications.Webhook         view       -        -     -      x          -     -      -      -
notifications.Webhook         add        -        -     -      x          -     -      -      -
notifications.Webhook         change     -        -     -      x          -     -      -      -
notifications.Webhook         delete     -        -     -      x          -     -      -      -
notifications.Webhook         renew_key  -        -     -      x          -     -      -      -
notifications.WebhookDelivery view       -        -     -      x          -     -      -      -

# What is made ready for whoever asked for it.
reports.Export                view       m        m     m      m          m     m      m      m
reports.Export                add        m        m     m      m          m     m      m      m
reports.Export                delete     m        m     m      m          m     m      m      m
reports.ReportSubscription    view       m        m     m      xm         m     m      xm     m
reports.ReportSubscription    add        -        -     -      xm         -     -      -      -
reports.ReportSubscription    change     -        -     -      xm         -     -      -      -
reports.ReportSubscription    delete     -        -     -      xm         -     -      -      -
reports.ReportSubscription    preview    -        -     -      xm         -     -      -      -
"""

# The rows that there are of each model; where rows belong to nobody there is one kind.
ROWS = {
    "projects.ProgrammeEntry": "osx",
    "projects.PlanPoint": "osx",
    "projects.ProgressReturn": "osx",
    "projects.SpotCheck": "osx",
    "projects.Problem": "osxm",
    "projects.FundingApplication": "osx",
    "projects.HandoverStep": "osx",
    "projects.EvidenceFile": "osx",
    "projects.Project": "osx",
    "projects.StageTransition": "osx",
    "projects.Milestone": "osx",
    "projects.ExtensionRequest": "osx",
    "projects.InspectionDeduction": "osx",
    "projects.InspectionScore": "osxmp",
    "targets.WorkItem": "osx",
    "targets.WorkItemStep": "osx",
    "targets.WorkItemEvidence": "osx",
    "targets.Measurement": "osx",
    "notifications.Reminder": "osxm",
    "notifications.Message": "xm",
    "notifications.TierOptOut": "xm",
    "notifications.CalendarFeed": "xm",
    "reports.Export": "xm",
    "reports.ReportSubscription": "xm",
}


def expectations() -> dict[tuple[str, str, str, str], bool]:
    """Returns (model, action, person, row) → whether they may: one for each cell."""
    expected = {}
    for line in EXPECTED.splitlines():
        if not line or line.startswith("#"):
            continue
        label, action, *columns = line.split()
        rows = ROWS.get(label, "x")
        for person, allowed in zip(PEOPLE, columns, strict=True):
            assert set(allowed) <= {*rows, "-"}, line
            for row in rows:
                cell = (label, action, person, row)
                assert cell not in expected, line
                expected[cell] = row in allowed
    return expected
