-- Months of a member's cover within the look-back of one and of two years, as far as coverage rows say: a month counts when a span
-- holds its first day. Months after death are not asked for.
WITH {months},
span AS (
    SELECT c.patient_id, m.place,
        max(CASE WHEN {is_advantage} THEN 1 ELSE 0 END) AS is_advantage
    FROM patients_coverage c
    JOIN month m ON c.starts_on - DATE '1970-01-01' <= m.first_day
        AND coalesce(c.ends_on - DATE '1970-01-01', m.first_day) >= m.first_day
    WHERE c.payer_id = %(payer_id)s AND c.patient_id = ANY(%(patient_ids)s)
    GROUP BY c.patient_id, m.place
),
asked AS (
    SELECT p.id AS patient_id, m.place
    FROM patients_patient p
    JOIN month m ON p.died_on IS NULL OR p.died_on - DATE '1970-01-01' >= m.first_day
    WHERE p.id = ANY(%(patient_ids)s)
)
SELECT a.patient_id,
    sum(CASE WHEN a.place <= 12 THEN 1 ELSE 0 END) AS asked_1,
    sum(CASE WHEN a.place <= 12 AND s.is_advantage = 0 THEN 1 ELSE 0 END) AS covered_1,
    sum(CASE WHEN a.place <= 12 AND s.is_advantage = 1 THEN 1 ELSE 0 END) AS advantage_1,
    count(*) AS asked_2,
    sum(CASE WHEN s.is_advantage = 0 THEN 1 ELSE 0 END) AS covered_2,
    sum(CASE WHEN s.is_advantage = 1 THEN 1 ELSE 0 END) AS advantage_2
FROM asked a
LEFT JOIN span s ON s.patient_id = a.patient_id AND s.place = a.place
GROUP BY a.patient_id
ORDER BY a.patient_id
