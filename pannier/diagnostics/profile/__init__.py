"""Profiles: what runs did, recorded from scheduler events and shown on one page.

::

    scheduler events --> Profiler, ResourceProfiler, CacheProfiler       recorder.py, one file each
                         .results, .runs
                              |
                              v
    visualize            lanes and bars, curves, the page they are on    timeline.py curves.py page.py
"""
