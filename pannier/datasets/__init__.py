"""Made-up data, realistic and seeded, at any size: something to try pannier on, and to measure it with.

====================  ==================================================  =========================
``event_lines``       nested JSON like the GitHub Archive's, 1 kB a line  :func:`write_events`
``weblog_lines``      a web server's log, combined format                 :func:`write_weblogs`
``timeseries_lines``  CSV: timestamp, id, name, x, y                      :func:`write_timeseries`
====================  ==================================================  =========================

The same arguments give the same data on every machine and Python version.  From the shell:
``python -m pannier.datasets events FOLDER --size "600 MB"``.
"""

from __future__ import annotations

from pannier.datasets.events import event_lines, write_events
from pannier.datasets.timeseries import timeseries_lines, write_timeseries
from pannier.datasets.weblogs import weblog_lines, write_weblogs

__all__ = [
    "event_lines",
    "timeseries_lines",
    "weblog_lines",
    "write_events",
    "write_timeseries",
    "write_weblogs",
]
