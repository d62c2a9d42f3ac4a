"""Kernels over frames: pandas objects, one a partition; the modules load on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pannier.lazy import submodules

if TYPE_CHECKING:
    from pannier.kernels.frames import accessors as accessors
    from pannier.kernels.frames import bins as bins
    from pannier.kernels.frames import blocks as blocks
    from pannier.kernels.frames import combining as combining
    from pannier.kernels.frames import comoments as comoments
    from pannier.kernels.frames import counting as counting
    from pannier.kernels.frames import custom as custom
    from pannier.kernels.frames import cutting as cutting
    from pannier.kernels.frames import describing as describing
    from pannier.kernels.frames import distinct as distinct
    from pannier.kernels.frames import duplicates as duplicates
    from pannier.kernels.frames import elementwise as elementwise
    from pannier.kernels.frames import exploding as exploding
    from pannier.kernels.frames import extremes as extremes
    from pannier.kernels.frames import facts as facts
    from pannier.kernels.frames import gaps as gaps
    from pannier.kernels.frames import groupkeys as groupkeys
    from pannier.kernels.frames import groupnumbers as groupnumbers
    from pannier.kernels.frames import grouprows as grouprows
    from pannier.kernels.frames import growing as growing
    from pannier.kernels.frames import kinds as kinds
    from pannier.kernels.frames import levels as levels
    from pannier.kernels.frames import merging as merging
    from pannier.kernels.frames import moments as moments
    from pannier.kernels.frames import numbering as numbering
    from pannier.kernels.frames import picking as picking
    from pannier.kernels.frames import quantiles as quantiles
    from pannier.kernels.frames import ranking as ranking
    from pannier.kernels.frames import reductions as reductions
    from pannier.kernels.frames import repartitioning as repartitioning
    from pannier.kernels.frames import replacing as replacing
    from pannier.kernels.frames import resampling as resampling
    from pannier.kernels.frames import reshaping as reshaping
    from pannier.kernels.frames import rows as rows
    from pannier.kernels.frames import sampling as sampling
    from pannier.kernels.frames import scans as scans
    from pannier.kernels.frames import selecting as selecting
    from pannier.kernels.frames import sorting as sorting
    from pannier.kernels.frames import tables as tables
    from pannier.kernels.frames import timetexts as timetexts
    from pannier.kernels.frames import user as user
    from pannier.kernels.frames import windows as windows
else:
    __getattr__ = submodules(__name__)
