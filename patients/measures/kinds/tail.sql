
-- Exclusions: the claim or enrolment indicator that takes somebody out. rank is the place in the definition's list.
exclusion_found (patient_id, rank, day, event_id) AS (
{exclusions}
),
excluded AS (
    SELECT patient_id, min(rank) AS exclusion_rank FROM exclusion_found GROUP BY patient_id
),
judged AS (
    SELECT c.*, CASE {exclusion_codes} ELSE '' END AS exclusion
    FROM {counted} c
    LEFT JOIN excluded x ON x.patient_id = c.patient_id
)
SELECT
    patient_id,
    not_in_denominator = '' AND exclusion = '' AND not_computed = '' AS denominator,
    exclusion,
    not_in_denominator = '' AND exclusion = '' AND not_computed = '' AND is_met = 1 AS numerator,
    {columns}
FROM judged
