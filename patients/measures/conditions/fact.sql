-- Facts with a code of any condition. Condition 0 marks visits to an emergency department.
fact AS (
    SELECT d.patient_id, d.day, d.event_id, d.code, d.setting, c.condition, c.kind, c.detail, c.detail_rank
    FROM claims_diagnosis d
    JOIN condition_code c ON c.code = d.code AND c.source = 'diagnosis'
    WHERE d.payer_id = %(payer_id)s AND d.day <= %(as_of_day)s {people_d}
    UNION ALL
    SELECT s.patient_id, s.day, s.event_id, s.code, s.setting, c.condition, c.kind, c.detail, c.detail_rank
    FROM claims_service s
    JOIN condition_code c ON c.code = s.code AND c.source = 'service'
    WHERE s.payer_id = %(payer_id)s AND s.day <= %(as_of_day)s {people_s}
    UNION ALL
    SELECT f.patient_id, f.day, f.event_id, f.ndc, 'pharmacy', c.condition, c.kind, c.detail, c.detail_rank
    FROM claims_fill f
    JOIN condition_code c ON c.code = f.ndc AND c.source = 'fill'
    WHERE f.payer_id = %(payer_id)s AND f.day <= %(as_of_day)s {people_f}
    UNION ALL
    -- Entitlement by ESRD counts on its first day and on the last one that is known.
    SELECT v.patient_id, v.starts_on - DATE '1970-01-01', 0, c.code, 'coverage', c.condition, c.kind, c.detail, 0
    FROM patients_coverage v
    JOIN condition_code c ON c.source = 'coverage'
    WHERE v.payer_id = %(payer_id)s AND v.is_esrd AND v.starts_on - DATE '1970-01-01' <= %(as_of_day)s {people_v}
    UNION ALL
    SELECT v.patient_id, least(coalesce(v.ends_on - DATE '1970-01-01', %(as_of_day)s), %(as_of_day)s), 0, c.code, 'coverage',
        c.condition, c.kind, c.detail, 0
    FROM patients_coverage v
    JOIN condition_code c ON c.source = 'coverage'
    WHERE v.payer_id = %(payer_id)s AND v.is_esrd AND v.starts_on - DATE '1970-01-01' <= %(as_of_day)s {people_v}
)
