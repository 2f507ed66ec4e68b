-- The treatment period of measures that begin with a fill: common table expressions, put into the text of a kind.
-- Days are integers since 1970-01-01. {begins_with} names the drug sets.

-- Fills of the class in the year that are known on the as-of day. A combination counts once for each target ingredient.
own_fill AS (
    SELECT patient_id, day, days_supply, ingredient_id, event_id
    FROM class_fill
    WHERE set_code IN ({begins_with}) AND day >= %(first_day)s
),
index_fill AS (
    SELECT patient_id, min(day) AS index_day FROM own_fill GROUP BY patient_id
),

-- From the index fill to the end of the year, of the span of cover (with medicines) that holds the index fill, or of life.
person AS (
    SELECT i.patient_id, i.index_day,
        CASE WHEN p.born_on > %(born_by)s THEN 'under_age' WHEN p.born_on <= %(born_after)s THEN 'over_age'
            WHEN p.born_on IS NULL THEN 'no_birth_date' END AS age_problem,
        CASE WHEN s.patient_id IS NULL THEN 1 ELSE 0 END AS is_uncovered,
        greatest(i.index_day - 1, least(
            %(last_day)s,
            coalesce(s.last_day, %(open_day)s),
            coalesce(p.died_on - DATE '1970-01-01', %(open_day)s)
        )) AS end_day
    FROM index_fill i
    JOIN patients_patient p ON p.id = i.patient_id
    LEFT JOIN covered_span s
        ON s.patient_id = i.patient_id AND s.benefit = 'drugs' AND s.gap_days = %(enrolment_gap_days)s
        AND s.from_day <= i.index_day AND s.last_day >= i.index_day
),
-- seen_day is the last day that counts today: the end of the period, or the as-of day before that.
period AS (
    SELECT patient_id, index_day, age_problem, is_uncovered, end_day, least(end_day, %(as_of_day)s) AS seen_day
    FROM person
),
