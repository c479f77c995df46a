-- Hires of a year by department, and whether they are more than the mean over all departments, which is
-- compared in integers. A department without hires counts in the mean.
-- COALESCE changes no id; it keeps MariaDB from fetching the hires one by one in the order of an index, which
-- takes ten times as long as looking at them all.
-- Values: the first and the last moment of the year.
SELECT department_id,
       department_name,
       hired,
       hired * COUNT(*) OVER () > SUM(hired) OVER () AS above_mean
FROM (
    SELECT departments.department_id, departments.department_name, COALESCE(hires.hired, 0) AS hired
    FROM departments
    LEFT JOIN (
        SELECT COALESCE(department_id, department_id) AS department, COUNT(*) AS hired
        FROM employees
        WHERE hiring_date BETWEEN ? AND ?
        GROUP BY 1
    ) AS hires ON hires.department = departments.department_id
) AS hires_of_all
ORDER BY hired DESC, department_name, department_id
