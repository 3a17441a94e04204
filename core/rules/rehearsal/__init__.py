"""The rehearsal's rules: who plays what, which purchases fit the terms, and which promises must hold afterwards."""

from core.rules.rehearsal.cast import CAST as CAST
from core.rules.rehearsal.copies import copies_for as copies_for
from core.rules.rehearsal.facts import Bought as Bought
from core.rules.rehearsal.facts import Given as Given
from core.rules.rehearsal.facts import Owed as Owed
from core.rules.rehearsal.facts import Performance as Performance
from core.rules.rehearsal.facts import Shown as Shown
from core.rules.rehearsal.findings import Finding as Finding
from core.rules.rehearsal.fitting import Fitting as Fitting
from core.rules.rehearsal.fitting import fit as fit
from core.rules.rehearsal.fitting import misfit as misfit
from core.rules.rehearsal.promises import PROMISES as PROMISES
from core.rules.rehearsal.promises import Kept as Kept
from core.rules.rehearsal.promises import judge_performance as judge_performance
from core.rules.rehearsal.report import Act as Act
from core.rules.rehearsal.report import Report as Report
from core.rules.rehearsal.report import read_report as read_report
from core.rules.rehearsal.report import report_of as report_of
from core.rules.rehearsal.role import Role as Role
from core.rules.rehearsal.wishes import Possible as Possible
