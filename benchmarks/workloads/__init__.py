"""Every row of the table, one family a file."""

from benchmarks.workloads import generation, images, operations, perceptrons, scalars, sequences, transformers, words

WORKLOADS = {
    workload.key: workload
    for family in (operations, scalars, perceptrons, images, sequences, generation, transformers, words)
    for workload in family.WORKLOADS
}
