-- The treatment period of measures that begin with a fill: common table expressions, put into the text of a kind.
-- Days are integers since 1970-01-01; which drug sets and which patients stand in braces.

-- Fills of the class in the year that are known on the as-of day. A combination counts once for each target ingredient.
class_fill AS (
    SELECT f.patient_id, f.day, f.days_supply, m.ingredient_id, f.event_id
    FROM claims_fill f
    JOIN drugs_drugsetmember m ON m.ndc11 = f.ndc AND m.set_code IN ({drug_sets})
    WHERE f.payer_id = %(payer_id)s AND f.day >= %(first_day)s AND f.day <= %(known_day)s {people_f}
),
index_fill AS (
    SELECT patient_id, min(day) AS index_day FROM class_fill GROUP BY patient_id
),

-- Coverage with medicines (Part D, of Medicare members): spans that overlap, touch or leave no more than the allowed gap between them are one span.
coverage AS (
    SELECT c.patient_id, c.starts_on - DATE '1970-01-01' AS from_day,
        coalesce(c.ends_on - DATE '1970-01-01', %(open_day)s) AS last_day
    FROM patients_coverage c
    JOIN index_fill i ON i.patient_id = c.patient_id
    WHERE c.payer_id = %(payer_id)s AND c.plan <> %(plan_without_drugs)s {people_c}
),
coverage_before AS (
    SELECT patient_id, from_day, last_day,
        max(last_day) OVER (
            PARTITION BY patient_id ORDER BY from_day, last_day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS last_day_before
    FROM coverage
),
coverage_numbered AS (
    SELECT patient_id, from_day, last_day,
        sum(CASE WHEN from_day <= last_day_before + 1 + %(enrolment_gap_days)s THEN 0 ELSE 1 END) OVER (
            PARTITION BY patient_id ORDER BY from_day, last_day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS span
    FROM coverage_before
),
coverage_span AS (
    SELECT patient_id, min(from_day) AS from_day, max(last_day) AS last_day
    FROM coverage_numbered GROUP BY patient_id, span
),

-- The treatment period: from the index fill to the end of the year, of the span that holds the index fill, or of life.
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
    LEFT JOIN coverage_span s
        ON s.patient_id = i.patient_id AND s.from_day <= i.index_day AND s.last_day >= i.index_day
),
-- seen_day is the last day that counts today: the end of the period, or the as-of day before that.
period AS (
    SELECT patient_id, index_day, age_problem, is_uncovered, end_day, least(end_day, %(as_of_day)s) AS seen_day
    FROM person
),
