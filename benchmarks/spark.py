"""A SparkContext as a careful user of one machine would set it up."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any


@contextmanager
def context() -> Iterator[Any]:
    """A context of as many threads as there are processors, with 8 GiB.

    After the block its Java process has ended, so that its time counts, and its files are gone.
    """
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    from pyspark import SparkConf, SparkContext

    with TemporaryDirectory(prefix="pannier-benchmark-") as folder:
        conf = SparkConf().setMaster(f"local[{len(os.sched_getaffinity(0))}]").setAppName("benchmark")
        conf.set("spark.driver.memory", "8g").set("spark.local.dir", folder)
        conf.set("spark.ui.enabled", "false").set("spark.ui.showConsoleProgress", "false")
        conf.set("spark.driver.extraJavaOptions", f"-Djava.io.tmpdir={folder} -XX:-UsePerfData")
        spark = SparkContext(conf=conf)
        spark.setLogLevel("ERROR")
        java = spark._gateway.proc  # noqa: SLF001  there is no other way to wait for it
        try:
            yield spark
        finally:
            spark.stop()
            java.stdin.close()
            java.wait()
