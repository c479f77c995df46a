-- Hires of a year by department and job, for each quarter; pairs with a hire only.
-- Ids are counted first and get their names afterwards: there are few pairs, and many hires.
-- Values: the starts of the second, third and fourth quarter, then the first and the last second of the year.
SELECT departments.department_name,
       jobs.job_name,
       hires.by_q1,
       hires.by_q2 - hires.by_q1,
       hires.by_q3 - hires.by_q2,
       hires.by_q4 - hires.by_q3
FROM (
    SELECT department_id,
           job_id,
           COUNT(CASE WHEN hiring_date < ? THEN 1 END) AS by_q1,
           COUNT(CASE WHEN hiring_date < ? THEN 1 END) AS by_q2,
           COUNT(CASE WHEN hiring_date < ? THEN 1 END) AS by_q3,
           COUNT(*) AS by_q4
    FROM employees
    WHERE hiring_date BETWEEN ? AND ?
    GROUP BY department_id, job_id
) AS hires
JOIN departments ON departments.department_id = hires.department_id
JOIN jobs ON jobs.job_id = hires.job_id
ORDER BY departments.department_name, jobs.job_name, hires.department_id, hires.job_id
