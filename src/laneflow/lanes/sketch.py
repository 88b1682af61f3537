"""A new lane to start from: whole, in order, and with a comment at each thing to decide."""

from __future__ import annotations

import json

from laneflow.lanes.edit import written

_LANE = """\
# yaml-language-server: $schema=../schemas/lane.schema.json
title: {title}
purpose: {purpose}   # one sentence: what this lane makes sure of

opens:                                    # the event that opens a case
  - {{on: {event}}}

priority:                                 # which tier a case is in; the first line that fits wins
  - {{tier: {tier}}}
windows:                                  # how soon, counted from the event above
  first_attempt: 1 business day           # somebody has tried to reach the patient
  first_contact: 3 business days          # the patient, or their caregiver, was reached

owner: {{role: {owner}}}

statuses:                                 # the first one is where a case starts
  first_call:
    queue: new
    task:
      do: Call {{{{ patient.first_name }}}}
      due: first_attempt
      attempts:
        - {{by: phone}}
        - {{by: phone, after: 1 business day}}
        - {{by: letter, after: 2 business days}}
      after_last: unreached
  unreached:
    queue: needs patient action
    task:
      do: Decide how else to reach {{{{ patient.first_name }}}}
      due: 1 business day
      every: 5 business days
    moves: [{{to: next_step, on: patient.called}}]
  next_step:
    queue: needs patient action
    task:
      do: See that {{{{ patient.first_name }}}} takes the next step
      due: 5 business days
      every: 5 business days

moves:                                    # from any status, after the status's own
  - {{to: next_step, when: {{status: [first_call, unreached], reached: true}}}}

closes:                                   # the first line that fits closes the case
  - {{as: completed, when: {{status: next_step, task_done: true}}}}
  - {{as: unsuccessful, on: patient.declined, reason: ask}}
  - {{as: unsuccessful, by_hand: [{manager}], reason: ask}}
"""

_TEST = """\
# yaml-language-server: $schema=../../schemas/lane-test.schema.json
lane: {name}
tests:
  - name: reached at the first call, and done
    start: 2026-09-08 09:00                # a Tuesday
    steps:
      - {{event: {event}}}
      - {{expect: {{status: first_call, task: {{by: phone}}}}}}
      - {{after: 2 hours, note: {{outcome: reached, by: phone, understanding: understood}}}}
      - {{expect: {{status: next_step}}}}
      - {{after: 3 days, done: main}}
      - {{expect: {{closed: completed}}}}

  - name: nobody answers
    start: 2026-09-08 09:00
    steps:
      - {{event: {event}}}
      - {{after: 2 hours, note: {{outcome: no answer, by: phone}}}}
      - {{expect: {{status: first_call, task: {{by: phone}}}}}}
      - {{after: 21 days, expect: {{escalations: {{include: [overdue]}}, silent: false}}}}
"""


def sketch(title: str, event: str, tier: str, owner: str, manager: str) -> str:
    """The text of a new lane file; ``owner`` and ``manager`` are roles, ``tier`` a tier's name."""
    purpose = json.dumps(f"{title}: nobody is lost on the way.", ensure_ascii=False)
    return _LANE.format(
        title=written(title), purpose=purpose, event=written(event), tier=written(tier),
        owner=written(owner), manager=written(manager),
    )  # fmt: skip


def sketched_test(name: str, event: str) -> str:
    """The text of its first tests; ``name`` is the lane's, its file name without ending."""
    return _TEST.format(name=name, event=event)
