//! What the reports count.

use std::collections::BTreeMap;
use std::fs;

use serde_json::json;
use support::Fixture;

use super::{above, csv, hired, with_hires};

conformance! {
    both_reports_equal_a_fold_of_the_files,
    a_hire_counts_in_the_quarter_of_its_microsecond,
    a_department_without_hires_counts_in_the_mean,
    the_mean_is_compared_in_integers,
    departments_and_jobs_that_share_a_name_stay_apart,
}

/// Departments and jobs in which accents, cases and alphabets meet.
const NAMES: [&str; 14] = [
    "Zürich", "zürich", "ZÜRICH", "Zurich", "zurich", "Éclair", "éclair", "eclair", "Ñandú", "ß", "Ω", "ω",
    "日本", "😀",
];

/// What the reports must be, from the files, without any database: req1, then req2.
fn fold(fixture: &Fixture, year: &str) -> [String; 2] {
    let file = |name: &str| -> Vec<Vec<String>> {
        let file = fs::File::open(fixture.data().join(name)).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file);
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    let names = |name: &str| -> BTreeMap<String, String> {
        file(name).into_iter().map(|row| (row[0].clone(), row[1].clone())).collect()
    };
    let (departments, jobs) = (names("departments.csv"), names("jobs.csv"));
    let mut pairs: BTreeMap<[&str; 4], [u64; 4]> = BTreeMap::new();
    let mut hires: BTreeMap<&str, u64> = departments.keys().map(|id| (id.as_str(), 0)).collect();
    let employees = file("employees.csv");
    for row in employees.iter().filter(|row| row[2].starts_with(year)) {
        let month: usize = row[2][5..7].parse().unwrap();
        let pair = [&departments[&row[3]], &jobs[&row[4]], &row[3], &row[4]].map(String::as_str);
        pairs.entry(pair).or_default()[(month - 1) / 3] += 1;
        *hires.get_mut(row[3].as_str()).unwrap() += 1;
    }
    let (all, count) = (hires.values().sum::<u64>(), hires.len() as u64);
    let mut above: Vec<_> = hires.into_iter().filter(|(_, hired)| hired * count > all).collect();
    above.sort_by_key(|(id, hired)| (u64::MAX - hired, departments[*id].clone(), id.parse::<u64>().unwrap()));
    let mut req1 = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    req1.write_record(["department", "job", "Q1", "Q2", "Q3", "Q4"]).unwrap();
    for ([department, job, ..], quarters) in &pairs {
        let quarters = quarters.map(|hired| hired.to_string());
        req1.write_record([*department, *job].into_iter().chain(quarters.iter().map(String::as_str)))
            .unwrap();
    }
    let mut req2 = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    req2.write_record(["id", "department", "hired"]).unwrap();
    for (id, hired) in above {
        req2.write_record([id, &departments[id], &hired.to_string()]).unwrap();
    }
    [req1, req2].map(|writer| String::from_utf8(writer.into_inner().unwrap()).unwrap())
}

async fn both_reports_equal_a_fold_of_the_files(fixture: Fixture) {
    fixture.shipped_package(&[]);
    let options = generator::Options { employees: 6000, clean: true, ..generator::Options::default() };
    generator::write(&fixture.data(), &options).unwrap();
    // The generator's ids with other names, so that most departments and jobs have one that is hard to sort.
    for (file, offset) in [("departments.csv", 0), ("jobs.csv", 3)] {
        let text = fs::read_to_string(fixture.data().join(file)).unwrap();
        let other = |(i, line): (usize, &str)| match NAMES.get(i - i.min(offset)) {
            Some(name) => format!("{},{name}\r\n", line.split(',').next().unwrap()),
            None => format!("{line}\r\n"),
        };
        fixture.write(file, text.lines().enumerate().map(other).collect::<String>());
    }
    let server = fixture.start().await;
    for year in ["2021", "2022", "2020"] {
        let [req1, req2] = fold(&fixture, year);
        assert_eq!(csv(&server, &format!("/view/req1?year={year}")).await, req1);
        assert_eq!(csv(&server, &format!("/view/req2?year={year}")).await, req2);
        assert_eq!(req1.lines().count() > 300, year != "2020", "the files have hires to fold");
    }
    assert_eq!(
        csv(&server, "/view/req1").await,
        fold(&fixture, "2021")[0],
        "2021 unless it is said otherwise"
    );
    server.stop().await.unwrap();
}

async fn a_hire_counts_in_the_quarter_of_its_microsecond(fixture: Fixture) {
    let bounds = [
        ("2020-12-31T23:59:59.999999Z", 1, 1),
        ("2021-01-01T00:00:00Z", 1, 1),
        ("2021-03-31T23:59:59.5Z", 1, 1),
        ("2021-04-01T00:00:00Z", 1, 1),
        ("2021-06-30T23:59:59Z", 1, 2),
        ("2021-07-01T00:00:00Z", 1, 2),
        ("2021-09-30T23:59:59Z", 1, 2),
        ("2021-10-01T00:00:00Z", 1, 2),
        ("2021-12-31T23:59:59.999999Z", 1, 2),
        ("2021-12-31T23:30:00-01:00", 1, 2),
        ("2022-01-01T00:00:00Z", 1, 2),
    ];
    let server = fixture
        .shipped_package(&[])
        .write("departments.csv", "1,A\n")
        .write("jobs.csv", "1,a\n2,b\n")
        .write("employees.csv", hired(bounds))
        .start()
        .await;
    let rows = server.get("/view/req1").await.expect(200);
    assert_eq!(
        rows,
        json!([
            { "department": "A", "job": "a", "Q1": 2, "Q2": 1, "Q3": 0, "Q4": 0 },
            { "department": "A", "job": "b", "Q1": 0, "Q2": 1, "Q3": 2, "Q4": 2 },
        ])
    );
    let members: Vec<_> = rows[0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["department", "job", "Q1", "Q2", "Q3", "Q4"]);
    let next = json!([{ "department": "A", "job": "b", "Q1": 2, "Q2": 0, "Q3": 0, "Q4": 0 }]);
    assert_eq!(server.get("/view/req1?year=2022").await.expect(200), next);
    server.stop().await.unwrap();
}

async fn a_department_without_hires_counts_in_the_mean(fixture: Fixture) {
    // Over those that hired the mean is 2, over all of them 1.
    let server = with_hires(&fixture, &[1, 2, 3, 0, 0, 0]).await;
    assert_eq!(above(&server).await, json!([[3, 3], [2, 2]]));
    // Six more departments halve it.
    server.post_csv("departments", "11,A\n12,A\n13,A\n14,A\n15,A\n16,A\n").await.expect(201);
    assert_eq!(above(&server).await, json!([[3, 3], [2, 2], [1, 1]]));
    server.stop().await.unwrap();
}

async fn the_mean_is_compared_in_integers(fixture: Fixture) {
    // The mean is 10/3: as a fraction above 3; who hired as many as the mean is not above it.
    let server = with_hires(&fixture, &[3, 3, 4]).await;
    assert_eq!(above(&server).await, json!([[3, 4]]));
    server
        .post_csv("employees", "91,Ada,2021-05-05T12:00:00Z,1,1\n92,Ada,2021-05-05T12:00:00Z,2,1\n")
        .await
        .expect(201);
    assert_eq!(above(&server).await, json!([]));
    let page = server.get("/view/req2?format=html").await;
    assert!(page.text().contains("No department hired more than the mean."), "{}", page.text());
    server.stop().await.unwrap();
}

async fn departments_and_jobs_that_share_a_name_stay_apart(fixture: Fixture) {
    let at = "2021-05-05T12:00:00Z";
    let server = fixture
        .shipped_package(&[])
        .write("departments.csv", "1,Sales\n2,Sales\n3,Other\n")
        .write("jobs.csv", "1,a\n2,a\n")
        .write("employees.csv", hired([(at, 2, 2), (at, 2, 1), (at, 2, 2), (at, 1, 1), (at, 1, 1)]))
        .start()
        .await;
    let lines = "Sales,a,0,2,0,0\r\nSales,a,0,1,0,0\r\nSales,a,0,2,0,0\r\n";
    assert_eq!(csv(&server, "/view/req1").await, format!("department,job,Q1,Q2,Q3,Q4\r\n{lines}"));
    assert_eq!(csv(&server, "/view/req2").await, "id,department,hired\r\n2,Sales,3\r\n1,Sales,2\r\n");
    server.stop().await.unwrap();
}
