"""Spark over the lake: local mode here, a cluster where SPARK_REMOTE or spark-defaults.conf say so. Extra `spark`; needs Java 17."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from . import NotInstalled, dialect

BATCH = 20_000
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.memory": "1g",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.log.level": "ERROR",
    "spark.ui.showConsoleProgress": "false",
}


@dataclass(frozen=True)
class Session:
    spark: SparkSession

    def prepare(self, name: str, select: str) -> None:
        self._asked(select, keep=True).createOrReplaceTempView(name)

    def batches(self, select: str) -> Iterator[list[tuple]]:
        """What a text names more than once is worked out once: Spark alone would do it again for each time."""
        steps, last = dialect.in_steps(select)
        for name, text, uses in steps:
            self._asked(text, keep=uses > 1).createOrReplaceTempView(name)
        rows = self._asked(last).toLocalIterator()
        while batch := [tuple(row) for row in islice(rows, BATCH)]:
            yield batch

    def _asked(self, select: str, *, keep: bool = False) -> DataFrame:
        frame = self.spark.sql(dialect.translated(select, "spark"))
        return frame.localCheckpoint() if keep else frame


@contextmanager
def opened(files: dict[str, list[str]]) -> Iterator[Session]:
    """See engines.opened. Raises NotInstalled without Java."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME") or os.environ.get("SPARK_REMOTE")):
        raise NotInstalled("Spark needs Java 17: apt-get install openjdk-17-jre-headless.")
    builder = SparkSession.builder.appName("carecoord measures")
    if not os.environ.get("SPARK_REMOTE"):
        builder = builder.master(os.environ.get("SPARK_MASTER", "local[2]"))
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
    except PySparkException as error:
        raise NotInstalled(f"Spark did not start: {error}") from None
    try:
        for table, paths in files.items():
            spark.read.parquet(*paths).createOrReplaceTempView(table)
        yield Session(spark)
    finally:
        spark.stop()
