-- Facts with a code of a condition, in a setting in which it counts for something (condition_claim): narrow rows, since a plan has
-- hundreds of millions. A basis is a way of a condition (tables.py); number stands for code and setting.
condition_claim AS (
    SELECT c.source, c.code, w.setting, w.basis, w.is_full, c.number * 10 + w.setting_number AS number
    FROM condition_code c
    JOIN condition_way w ON w.condition = c.condition AND w.kind = c.kind
),
fact AS (
    SELECT d.patient_id, k.basis, d.day, d.event_id, k.number, k.is_full
    FROM claims_diagnosis d
    JOIN condition_claim k ON k.source = 'diagnosis' AND k.code = d.code AND k.setting = d.setting
    WHERE d.payer_id = %(payer_id)s AND d.day <= %(as_of_day)s {people_d}
    UNION ALL
    SELECT s.patient_id, k.basis, s.day, s.event_id, k.number, k.is_full
    FROM claims_service s
    JOIN condition_claim k ON k.source = 'service' AND k.code = s.code AND k.setting = s.setting
    WHERE s.payer_id = %(payer_id)s AND s.day <= %(as_of_day)s {people_s}
    UNION ALL
    SELECT f.patient_id, k.basis, f.day, f.event_id, k.number, k.is_full
    FROM claims_fill f
    JOIN condition_claim k ON k.source = 'fill' AND k.code = f.ndc AND k.setting = 'pharmacy'
    WHERE f.payer_id = %(payer_id)s AND f.day <= %(as_of_day)s {people_f}
    UNION ALL
    -- Entitlement by ESRD counts on its first day and on the last one that is known.
    SELECT v.patient_id, k.basis, v.starts_on - DATE '1970-01-01', 0, k.number, k.is_full
    FROM patients_coverage v
    JOIN condition_claim k ON k.source = 'coverage'
    WHERE v.payer_id = %(payer_id)s AND v.is_esrd AND v.starts_on - DATE '1970-01-01' <= %(as_of_day)s {people_v}
    UNION ALL
    SELECT v.patient_id, k.basis, least(coalesce(v.ends_on - DATE '1970-01-01', %(as_of_day)s), %(as_of_day)s), 0, k.number,
        k.is_full
    FROM patients_coverage v
    JOIN condition_claim k ON k.source = 'coverage'
    WHERE v.payer_id = %(payer_id)s AND v.is_esrd AND v.starts_on - DATE '1970-01-01' <= %(as_of_day)s {people_v}
)
