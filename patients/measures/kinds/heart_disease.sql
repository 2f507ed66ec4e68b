-- People with atherosclerotic cardiovascular disease, and why somebody of them is not asked about: common table expressions, put
-- into texts by heart_disease.py. since_day is the first day of the year before.
-- A heart attack is of the day of discharge: a claim's diagnoses are of its first day, and the stay may go over the turn of a year.
infarction AS (
    SELECT c.patient_id, coalesce(max(s.to_day), c.day) AS day, c.event_id, c.list_code, c.code
    FROM coded c
    LEFT JOIN claims_stay s ON s.payer_id = %(payer_id)s AND s.patient_id = c.patient_id AND s.kind = 'inpatient'
        AND s.from_day <= c.day AND s.to_day >= c.day
    WHERE c.list_code IN ({infarction}) AND c.setting = 'inpatient'
    GROUP BY c.patient_id, c.day, c.event_id, c.list_code, c.code
),
-- An event in the year before; or a diagnosis in both years.
asking (patient_id, day, event_id, list_code, code, is_event) AS (
    SELECT patient_id, day, event_id, list_code, code, 1
    FROM infarction
    WHERE day >= %(since_day)s AND day < %(first_day)s
    UNION ALL
    SELECT patient_id, day, event_id, list_code, code, 1
    FROM coded
    WHERE list_code IN ({procedures}) AND day >= %(since_day)s AND day < %(first_day)s
    UNION ALL
    SELECT patient_id, day, event_id, list_code, code, 0
    FROM coded
    WHERE list_code IN ({disease}) AND setting <> 'dme' AND day >= %(since_day)s
),
population AS (
    SELECT patient_id, %(first_day)s AS index_day, CAST(sum(claims) AS bigint) AS claims
    FROM (
        SELECT patient_id, max(is_event) AS has_event,
            max(CASE WHEN is_event = 0 AND day < %(first_day)s THEN 1 ELSE 0 END) AS before,
            max(CASE WHEN is_event = 0 AND day >= %(first_day)s THEN 1 ELSE 0 END) AS now, count(DISTINCT event_id) AS claims
        FROM asking GROUP BY patient_id
    ) AS people
    WHERE has_event = 1 OR (before = 1 AND now = 1)
    GROUP BY patient_id
),
{period}

{cover}
heart_disease AS (
    SELECT p.patient_id, p.index_day, p.end_day, p.seen_day, o.claims,
        CASE WHEN p.age_problem IS NOT NULL THEN p.age_problem
            WHEN p.sex <> 'male' AND EXTRACT(YEAR FROM p.born_on) > EXTRACT(YEAR FROM CAST(%(born_by)s AS date)) - %(women_later)s
            THEN 'under_age'
            WHEN p.has_died = 1 THEN 'died' WHEN p.is_uncovered = 1 THEN 'no_full_coverage'
            WHEN coalesce(c.was_covered, 0) = 0 THEN 'no_cover_before' WHEN c.has_drugs = 0 THEN 'no_drug_cover'
            ELSE '' END AS not_in_denominator
    FROM period p
    JOIN population o ON o.patient_id = p.patient_id
    LEFT JOIN cover c ON c.patient_id = p.patient_id
)
