-- People with a disease, as their claims show it: so many days with a diagnosis, or one and a medicine for it.
-- Put into the text of a kind by diagnosed.py. met_day is the day on which that was first so.
asking (patient_id, day, event_id, list_code, code, is_medicine) AS (
    SELECT patient_id, day, event_id, list_code, code, 0
    FROM coded
    WHERE list_code IN ({diagnoses}) AND setting NOT IN ({not_settings}) AND day >= {asks_since} AND day <= {asks_until}
    UNION ALL
    SELECT patient_id, day, event_id, set_code, ndc, 1
    FROM class_fill
    WHERE set_code IN ({medicines}) AND day >= {asks_since} AND day <= {asks_until}
),
asking_day AS (
    SELECT patient_id, is_medicine, day, row_number() OVER (PARTITION BY patient_id, is_medicine ORDER BY day) AS place
    FROM (SELECT DISTINCT patient_id, is_medicine, day FROM asking) AS days
),
proven AS (
    SELECT patient_id, day FROM asking_day WHERE is_medicine = 0 AND place = {least_days}
    UNION ALL
    SELECT d.patient_id, greatest(d.day, m.day)
    FROM asking_day d
    JOIN asking_day m ON m.patient_id = d.patient_id AND m.is_medicine = 1 AND m.place = 1
    WHERE d.is_medicine = 0 AND d.place = 1
),
population AS (
    SELECT v.patient_id, greatest(v.met_day, %(first_day)s) AS index_day, v.met_day, n.claims
    FROM (SELECT patient_id, min(day) AS met_day FROM proven GROUP BY patient_id) AS v
    JOIN (
        SELECT patient_id, count(*) AS claims
        FROM (SELECT DISTINCT patient_id, is_medicine, event_id FROM asking) AS events GROUP BY patient_id
    ) AS n ON n.patient_id = v.patient_id
),
