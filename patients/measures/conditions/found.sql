-- A condition in a payer's claims as of a day: one row a patient who meets it, with the one or two claims that met it
-- first within the look-back. The texts in braces are put in by find.py.
WITH

-- Claims in the look-back that carry a code of the condition, in a setting that the rule accepts.
coded AS (
    SELECT d.patient_id, d.day, d.event_id, d.code, d.setting,
        CASE WHEN d.setting IN ({strong}) THEN 1 ELSE 0 END AS is_strong
    FROM claims_diagnosis d
    WHERE d.payer_id = %(payer_id)s AND d.day > %(before_day)s AND d.day <= %(as_of_day)s
        AND d.setting IN ({accepted}) AND d.code IN ({codes}) {people}
),
strong AS (
    SELECT patient_id, day, event_id, code, setting,
        row_number() OVER (PARTITION BY patient_id ORDER BY day, event_id, code) AS place
    FROM coded WHERE is_strong = 1
),
-- Weak claims count by day, so that a visit and its bill, or two claims of one day, are not two.
weak AS (
    SELECT patient_id, day, event_id, code, setting,
        dense_rank() OVER (PARTITION BY patient_id ORDER BY day) AS day_place,
        row_number() OVER (PARTITION BY patient_id, day ORDER BY event_id, code) AS place
    FROM coded WHERE is_strong = 0
),
seen AS (
    SELECT patient_id, max(day) AS last_day FROM coded GROUP BY patient_id
),
-- The strong claim proves it when it is the earlier proof, or as early.
proof AS (
    SELECT n.patient_id, n.last_day,
        CASE WHEN s.day IS NOT NULL AND (w2.day IS NULL OR s.day <= w2.day) THEN 1 ELSE 0 END AS by_strong,
        s.day AS s_day, s.event_id AS s_event, s.code AS s_code, s.setting AS s_setting,
        w1.day AS w1_day, w1.event_id AS w1_event, w1.code AS w1_code, w1.setting AS w1_setting,
        w2.day AS w2_day, w2.event_id AS w2_event, w2.code AS w2_code, w2.setting AS w2_setting
    FROM seen n
    LEFT JOIN strong s ON s.patient_id = n.patient_id AND s.place = 1
    LEFT JOIN weak w1 ON w1.patient_id = n.patient_id AND w1.day_place = 1 AND w1.place = 1
    LEFT JOIN weak w2 ON w2.patient_id = n.patient_id AND w2.day_place = 2 AND w2.place = 1
)
SELECT patient_id, last_day,
    CASE WHEN by_strong = 1 THEN s_event ELSE w1_event END AS first_event_id,
    CASE WHEN by_strong = 1 THEN s_day ELSE w1_day END AS first_day,
    CASE WHEN by_strong = 1 THEN s_code ELSE w1_code END AS first_code,
    CASE WHEN by_strong = 1 THEN s_setting ELSE w1_setting END AS first_setting,
    CASE WHEN by_strong = 0 THEN w2_event END AS second_event_id,
    CASE WHEN by_strong = 0 THEN w2_day END AS second_day,
    CASE WHEN by_strong = 0 THEN w2_code END AS second_code,
    CASE WHEN by_strong = 0 THEN w2_setting END AS second_setting
FROM proof
WHERE by_strong = 1 OR w2_day IS NOT NULL
ORDER BY patient_id
