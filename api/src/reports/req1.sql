-- Hires of a year by department and job, for each quarter; pairs with a hire only.
-- Ids are counted first and get their names afterwards: there are few pairs, and many hires. COALESCE changes
-- no id; it keeps MariaDB from fetching the hires one by one in the order of an index, which takes ten times
-- as long as looking at them all.
-- Values: the starts of the second, third and fourth quarter, then the first and the last moment of the year.
SELECT departments.department_name,
       jobs.job_name,
       hires.by_q1,
       hires.by_q2 - hires.by_q1,
       hires.by_q3 - hires.by_q2,
       hires.by_q4 - hires.by_q3
FROM (
    SELECT COALESCE(department_id, department_id) AS department,
           COALESCE(job_id, job_id) AS job,
           COUNT(CASE WHEN hiring_date < ? THEN 1 END) AS by_q1,
           COUNT(CASE WHEN hiring_date < ? THEN 1 END) AS by_q2,
           COUNT(CASE WHEN hiring_date < ? THEN 1 END) AS by_q3,
           COUNT(*) AS by_q4
    FROM employees
    WHERE hiring_date BETWEEN ? AND ?
    GROUP BY 1, 2
) AS hires
JOIN departments ON departments.department_id = hires.department
JOIN jobs ON jobs.job_id = hires.job
ORDER BY departments.department_name, jobs.job_name, hires.department, hires.job
