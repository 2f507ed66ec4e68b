-- The measurement year of measures that ask for cover all year: common table expressions, put into the text of a kind after
-- its own CTE population (patient_id, index_day): whom the measure is about, and since when in the year.

-- At most one gap, no longer than allowed, and covered on the last day that is known (at the end: 31 December).
-- end_day is the end of the year or of life; seen_day the last day of it that counts today.
person AS (
    SELECT o.patient_id, o.index_day, p.born_on, p.sex,
        CASE WHEN p.born_on > %(born_by)s THEN 'under_age' WHEN p.born_on <= %(born_after)s THEN 'over_age'
            WHEN p.born_on IS NULL THEN 'no_birth_date' END AS age_problem,
        CASE WHEN c.patient_id IS NULL OR c.gaps > 1 OR c.longest > %(enrolment_gap_days)s OR c.last_day < %(known_day)s
            THEN 1 ELSE 0 END AS is_uncovered,
        CASE WHEN p.died_on - DATE '1970-01-01' <= %(known_day)s THEN 1 ELSE 0 END AS has_died,
        %(last_day)s AS end_day
    FROM population o
    JOIN patients_patient p ON p.id = o.patient_id
    LEFT JOIN year_cover c ON c.patient_id = o.patient_id
),
period AS (
    SELECT patient_id, index_day, born_on, sex, age_problem, is_uncovered, has_died, end_day, %(known_day)s AS seen_day
    FROM person
),
