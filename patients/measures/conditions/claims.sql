-- Every fact with a code of one condition in its look-back, and visits to an emergency department, as pass.sql reads them.
WITH {sources}
SELECT condition, kind, day, event_id, code, setting, detail
FROM fact
WHERE condition IN (0, %(number)s) AND day > %(before_day)s
ORDER BY day, event_id, code
