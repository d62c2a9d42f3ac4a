"""A run to which tasks are added while it goes on: what futures are made of.

In this process: :class:`~pannier.schedulers.multiprocessing.live.session.Session` owns a thread, which alone
knows the state of the run (:mod:`~pannier.schedulers.multiprocessing.live.run`) and drives the workers
(:mod:`~pannier.schedulers.multiprocessing.live.dispatch`).  Other threads leave it messages, and watch the
:class:`~pannier.schedulers.multiprocessing.live.promises.Promise` of each result.  In a worker:
:class:`~pannier.schedulers.multiprocessing.live.nested.NestedSession`, whose messages go through the worker's socket.
"""
