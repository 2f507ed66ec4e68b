-- The treatment period of people with cardiovascular disease who fill a statin, as pdc.sql reads it: own_fill and period of
-- fill_period.sql by other rules. It goes from the first fill of the year to its end; there is no adherence without a fill.
-- age_problem holds whatever keeps somebody out of the first rate, which the second is a part of.
eligible AS (
    WITH
{heart_disease}
    SELECT patient_id, end_day, seen_day, not_in_denominator FROM heart_disease
),
own_fill AS (
    SELECT patient_id, day, days_supply, ingredient_id, event_id
    FROM class_fill
    WHERE set_code IN ({begins_with}) AND day >= %(first_day)s
),
period AS (
    SELECT e.patient_id, i.index_day, nullif(e.not_in_denominator, '') AS age_problem, 0 AS is_uncovered, e.end_day, e.seen_day
    FROM eligible e
    JOIN (SELECT patient_id, min(day) AS index_day FROM own_fill GROUP BY patient_id) AS i ON i.patient_id = e.patient_id
),
