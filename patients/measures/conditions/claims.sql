-- Every fact of one patient with a code of one condition in its look-back, of whatever setting, and visits to an emergency department.
WITH {codes},
fact AS (
    SELECT c.condition, c.kind, d.day, d.event_id, d.code, d.setting, c.detail
    FROM claims_diagnosis d
    JOIN condition_code c ON c.code = d.code AND c.source = 'diagnosis'
    WHERE d.payer_id = %(payer_id)s AND d.patient_id = %(patient_id)s AND d.day <= %(as_of_day)s
    UNION ALL
    SELECT c.condition, c.kind, s.day, s.event_id, s.code, s.setting, c.detail
    FROM claims_service s
    JOIN condition_code c ON c.code = s.code AND c.source = 'service'
    WHERE s.payer_id = %(payer_id)s AND s.patient_id = %(patient_id)s AND s.day <= %(as_of_day)s
    UNION ALL
    SELECT c.condition, c.kind, f.day, f.event_id, f.ndc, 'pharmacy', c.detail
    FROM claims_fill f
    JOIN condition_code c ON c.code = f.ndc AND c.source = 'fill'
    WHERE f.payer_id = %(payer_id)s AND f.patient_id = %(patient_id)s AND f.day <= %(as_of_day)s
    UNION ALL
    SELECT c.condition, c.kind, least(coalesce(v.ends_on - DATE '1970-01-01', %(as_of_day)s), %(as_of_day)s), 0, c.code, 'coverage',
        c.detail
    FROM patients_coverage v
    JOIN condition_code c ON c.source = 'coverage'
    WHERE v.payer_id = %(payer_id)s AND v.patient_id = %(patient_id)s AND v.is_esrd
        AND v.starts_on - DATE '1970-01-01' <= %(as_of_day)s
)
SELECT DISTINCT condition, kind, day, event_id, code, setting, detail
FROM fact
WHERE condition IN (0, %(number)s) AND day > %(before_day)s
ORDER BY day, event_id, code
