-- Stays that belong together: the next begins no more than so many days after the one before ended. Put into the text of a kind.
stay_before AS (
    SELECT s.patient_id, s.from_day, s.to_day, s.discharge_code, s.event_id,
        max(s.to_day) OVER (
            PARTITION BY s.patient_id ORDER BY s.from_day, s.to_day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS ended_before
    FROM claims_stay s
    WHERE s.payer_id = %(payer_id)s AND s.kind IN ({kinds}) AND s.from_day >= %(first_day)s - 400
        AND s.from_day <= %(known_day)s {people_s}
),
stay_numbered AS (
    SELECT patient_id, from_day, to_day, discharge_code, event_id,
        sum(CASE WHEN from_day <= ended_before + %(merge_days)s THEN 0 ELSE 1 END) OVER (
            PARTITION BY patient_id ORDER BY from_day, to_day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS number
    FROM stay_before
),
stay_ranked AS (
    SELECT patient_id, number, from_day, to_day, discharge_code, event_id,
        min(from_day) OVER (PARTITION BY patient_id, number) AS admitted_day,
        row_number() OVER (PARTITION BY patient_id, number ORDER BY to_day DESC, from_day DESC, discharge_code, event_id) AS place
    FROM stay_numbered
),
-- discharge_code is that of the stay that ended last.
episode AS (
    SELECT patient_id, number, admitted_day, to_day, discharge_code, event_id FROM stay_ranked WHERE place = 1
),
