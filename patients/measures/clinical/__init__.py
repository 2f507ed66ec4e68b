"""Clinical twins of measures: eCQMs computed on FHIR records, without a database, beside our measures on claims.

`charts.read(path)` gives charts and MeasureReports, `terminology.load(path)` the value sets of a licensee,
`measure.evaluate(MEASURE, Case(...))` the counts and the trail, `compare.compare(source, terms)` what differs. Adding a measure is
one file in `definitions` and its test.
"""
