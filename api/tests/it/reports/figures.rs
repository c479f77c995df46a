//! `GET /view/req1` and `GET /view/req2`.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use crate::tables::second_package;
use support::{Answer, Fixture, Server};

conformance! {
    both_reports_equal_a_fold_of_the_files,
    a_hire_counts_in_the_quarter_of_its_second,
    a_department_without_hires_counts_in_the_mean,
    the_mean_is_compared_in_integers,
    departments_and_jobs_that_share_a_name_stay_apart,
    the_formats_hold_the_same_rows,
    a_spreadsheet_is_given_no_formula,
    a_year_is_1000_to_9999,
    a_year_without_hires_is_an_empty_table,
    an_unknown_parameter_or_format_is_refused,
    who_has_the_report_is_told_only_that_it_has_not_changed,
    a_change_is_seen_at_once_whichever_process_made_it,
    the_last_answer_after_many_at_once_holds_every_row,
    asking_brings_the_files_up_to_date,
    files_that_cannot_be_written_cost_nobody_the_report,
    asking_changes_no_data,
    without_their_tables_there_are_no_reports_and_everything_else_works,
    a_table_that_lacks_what_a_report_needs_is_named,
    fields_that_no_report_needs_disturb_none,
}

/// Departments and jobs in which accents, cases and alphabets meet.
const NAMES: [&str; 14] = [
    "Zürich", "zürich", "ZÜRICH", "Zurich", "zurich", "Éclair", "éclair", "eclair", "Ñandú", "ß", "Ω", "ω",
    "日本", "😀",
];

fn named(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    (1..).zip(names).map(|(id, name)| format!("{id},{}\n", name.as_ref())).collect()
}

/// Employees from moment, department and job.
fn hired<'a>(hires: impl IntoIterator<Item = (&'a str, u32, u32)>) -> String {
    (1..)
        .zip(hires)
        .map(|(id, (at, department, job))| format!("{id},Ada,{at},{department},{job}\n"))
        .collect()
}

async fn csv(server: &Server, path: &str) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    let answer = server.get(&format!("{path}{separator}format=csv")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().to_owned()
}

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

async fn a_hire_counts_in_the_quarter_of_its_second(fixture: Fixture) {
    let bounds = [
        ("2020-12-31T23:59:59Z", 1, 1),
        ("2021-01-01T00:00:00Z", 1, 1),
        ("2021-03-31T23:59:59Z", 1, 1),
        ("2021-04-01T00:00:00Z", 1, 1),
        ("2021-06-30T23:59:59Z", 1, 2),
        ("2021-07-01T00:00:00Z", 1, 2),
        ("2021-09-30T23:59:59Z", 1, 2),
        ("2021-10-01T00:00:00Z", 1, 2),
        ("2021-12-31T23:59:59Z", 1, 2),
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

/// A server whose departments hired so many people in 2021.
async fn with_hires(fixture: &Fixture, hires: &[u32]) -> Server {
    let at = "2021-05-05T12:00:00Z";
    let each = (1..).zip(hires).flat_map(|(id, hires)| (0..*hires).map(move |_| (at, id, 1)));
    let names: Vec<_> = (1..=hires.len()).map(|id| format!("D{id}")).collect();
    fixture.shipped_package(&[]).write("departments.csv", named(names)).write("jobs.csv", "1,a\n");
    fixture.write("employees.csv", hired(each)).start().await
}

async fn above(server: &Server) -> Value {
    let rows = server.get("/view/req2").await.expect(200);
    rows.as_array().unwrap().iter().map(|row| json!([row["id"], row["hired"]])).collect()
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

async fn shipped(fixture: &Fixture) -> Server {
    fixture.shipped_package(&["departments.csv", "jobs.csv", "employees.csv"]).start().await
}

async fn the_formats_hold_the_same_rows(fixture: Fixture) {
    let server = shipped(&fixture).await;
    for path in ["/view/req1", "/view/req2"] {
        let rows = server.get(path).await;
        assert_eq!(rows.header("content-type"), Some("application/json"));
        let rows = rows.expect(200);
        let rows = rows.as_array().unwrap();
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        assert_eq!(server.get(&format!("{path}?format=ndjson")).await.text(), lines);
        let csv = csv(&server, path).await;
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let header = reader.headers().unwrap().clone();
        let records: Vec<Value> = reader
            .records()
            .map(|record| {
                let cells = record.unwrap();
                let cell = |(name, cell): (&str, &str)| {
                    let number = cell.parse::<u64>().ok().filter(|_| !["department", "job"].contains(&name));
                    (name.to_owned(), number.map_or_else(|| json!(cell), |number| json!(number)))
                };
                Value::Object(header.iter().zip(&cells).map(cell).collect())
            })
            .collect();
        assert_eq!(records, *rows, "{path}");
        let html = server.send(server.call("GET", path).header("accept", "text/html,*/*;q=0.8")).await;
        assert_eq!(html.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(html.header("vary"), Some("accept"));
        // A row of the table for each, besides its head and those of the departments by themselves.
        let table = html.text().split("id=\"rows\"").nth(1).unwrap();
        assert_eq!(table.matches("<tr>").count(), rows.len() + 1, "{path}");
    }
    server.stop().await.unwrap();
}

async fn a_spreadsheet_is_given_no_formula(fixture: Fixture) {
    let at = "2021-05-05T12:00:00Z";
    let server = fixture
        .shipped_package(&[])
        .write("departments.csv", "1,=1+1\n2,-5\n3,a;=1+1\n4,\"b\n+1;-2\"\n")
        .write("jobs.csv", "1,@job\n")
        .write("employees.csv", hired([(at, 1, 1), (at, 2, 1)]))
        .start()
        .await;
    assert!(csv(&server, "/view/req1").await.ends_with("-5,@job,0,1,0,0\r\n=1+1,@job,0,1,0,0\r\n"));
    let safe = csv(&server, "/view/req1?spreadsheet=true").await;
    assert!(safe.ends_with("-5,'@job,0,1,0,0\r\n'=1+1,'@job,0,1,0,0\r\n"), "{safe}");
    let safe = csv(&server, "/view/departments?spreadsheet=true").await;
    let rows = "1,'=1+1\r\n2,-5\r\n3,a;'=1+1\r\n4,\"b\n'+1;'-2\"\r\n";
    assert_eq!(safe, format!("department_id,department_name\r\n{rows}"));
    server.get("/view/req1?spreadsheet=yes").await.problem(400, "bad-parameter");
    server.stop().await.unwrap();
}

async fn a_year_is_1000_to_9999(fixture: Fixture) {
    let server = fixture
        .shipped_package(&[])
        .write("departments.csv", "1,A\n")
        .write("jobs.csv", "1,a\n")
        .write("employees.csv", hired([("1000-01-01T00:00:00Z", 1, 1), ("9999-12-31T23:59:59Z", 1, 1)]))
        .start()
        .await;
    for (year, row) in [("1000", "A,a,1,0,0,0"), ("9999", "A,a,0,0,0,1")] {
        let csv = csv(&server, &format!("/view/req1?year={year}")).await;
        assert_eq!(csv, format!("department,job,Q1,Q2,Q3,Q4\r\n{row}\r\n"));
    }
    for year in ["abc", "99999", "999", "", "-2021", "+2021", "2021.0", "20%2021", "%F0%9F%98%80", "2021;--"]
    {
        for report in ["req1", "req2"] {
            let detail =
                server.get(&format!("/view/{report}?year={year}")).await.problem(400, "bad-parameter");
            assert!(detail.starts_with("year is 1000 to 9999, got \""), "{detail}");
        }
    }
    server.stop().await.unwrap();
}

async fn a_year_without_hires_is_an_empty_table(fixture: Fixture) {
    let server = shipped(&fixture).await;
    for (report, header) in [("req1", "department,job,Q1,Q2,Q3,Q4\r\n"), ("req2", "id,department,hired\r\n")]
    {
        let path = format!("/view/{report}?year=1999");
        assert_eq!(server.get(&path).await.expect(200), json!([]));
        assert_eq!(csv(&server, &path).await, header);
        assert_eq!(server.get(&format!("{path}&format=ndjson")).await.text(), "");
        let page = server.get(&format!("{path}&format=html")).await;
        assert!(page.text().contains("Nobody was hired in 1999."), "{}", page.text());
    }
    server.stop().await.unwrap();
}

async fn an_unknown_parameter_or_format_is_refused(server: &Server) {
    for report in ["req1", "req2"] {
        let detail = server.get(&format!("/view/{report}?format=pdf")).await.problem(406, "not-acceptable");
        for there in ["format=json", "format=csv", "format=ndjson", "format=html"] {
            assert!(detail.contains(there), "{detail}");
        }
        server.get(&format!("/view/{report}?limit=5")).await.problem(400, "bad-parameter");
        let refused = server.post_empty(&format!("/view/{report}")).await;
        refused.problem(405, "method-not-allowed");
        assert_eq!(refused.header("allow"), Some("GET, HEAD"));
    }
}

async fn if_none_match(server: &Server, path: &str, tags: &str) -> Answer {
    server.send(server.call("GET", path).header("if-none-match", tags)).await
}

async fn who_has_the_report_is_told_only_that_it_has_not_changed(fixture: Fixture) {
    let server = shipped(&fixture).await;
    let mut tags = Vec::new();
    for format in ["json", "csv", "ndjson", "html"] {
        let path = format!("/view/req1?format={format}");
        let first = server.get(&path).await;
        assert_eq!(first.header("cache-control"), Some("no-cache"));
        let tag = first.header("etag").unwrap().to_owned();
        assert_eq!(server.get(&path).await.body, first.body, "{format}: from memory, to the byte");
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let again = if_none_match(&server, &path, &known).await;
            assert_eq!((again.status.as_u16(), again.body.as_slice()), (304, &b""[..]), "{known}");
            assert_eq!(again.header("etag"), Some(tag.as_str()));
        }
        for unknown in ["\"other\"", "nonsense", ""] {
            let whole = if_none_match(&server, &path, unknown).await;
            assert_eq!((whole.status.as_u16(), &whole.body), (200, &first.body), "{unknown:?}");
        }
        tags.push(tag);
    }
    tags.dedup();
    assert_eq!(tags.len(), 4, "each format has its own: {tags:?}");
    // A row that is rejected changes no figure, but what the page says of them.
    server.post_csv("employees", "x,Ada,2021-05-05T12:00:00Z,1,1\n").await.expect(422);
    assert_eq!(if_none_match(&server, "/view/req1?format=json", &tags[0]).await.status, 304);
    let page = if_none_match(&server, "/view/req1?format=html", &tags[3]).await;
    assert!(page.text().contains("71 rejected rows</strong> could change these figures"), "{}", page.text());
    server.post_csv("employees", "99999,Ada,2021-05-05T12:00:00Z,1,1\n").await.expect(201);
    let changed = if_none_match(&server, "/view/req1?format=json", &tags[0]).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), Some(tags[0].as_str()));
    server.stop().await.unwrap();
}

async fn a_change_is_seen_at_once_whichever_process_made_it(fixture: Fixture) {
    let one = shipped(&fixture).await;
    let two = fixture.start().await;
    let hired = async |server: &Server| -> u64 {
        let rows = server.get("/view/req1").await.expect(200);
        let quarters =
            |row: &Value| ["Q1", "Q2", "Q3", "Q4"].map(|q| row[q].as_u64().unwrap()).iter().sum::<u64>();
        rows.as_array().unwrap().iter().map(quarters).sum()
    };
    let before = hired(&one).await;
    assert_eq!(hired(&two).await, before);
    let tag = |answer: &Answer| answer.header("etag").unwrap().to_owned();
    for i in 1..=20 {
        let (writer, reader) = if i % 2 == 0 { (&one, &two) } else { (&two, &one) };
        writer
            .post_csv("employees", format!("{},Ada,2021-05-05T12:00:00Z,1,1\n", 90_000 + i))
            .await
            .expect(201);
        assert_eq!(hired(reader).await, before + i);
        assert_eq!(hired(writer).await, before + i);
        let (a, b) = (one.get("/view/req1").await, two.get("/view/req1").await);
        assert_eq!(tag(&a), tag(&b), "what one has told, the other one knows");
    }
    // A new department with no hires changes the mean.
    let few = csv(&two, "/view/req2").await;
    let names: String = (100..200).map(|id| format!("{id},Empty\n")).collect();
    one.post_csv("departments", names).await.expect(201);
    assert!(csv(&two, "/view/req2").await.lines().count() > few.lines().count());
    one.stop().await.unwrap();
    two.stop().await.unwrap();
}

async fn the_last_answer_after_many_at_once_holds_every_row(fixture: Fixture) {
    let server = with_hires(&fixture, &[1, 0]).await;
    let asking = async {
        let mut least = 1;
        for _ in 0..60 {
            let (a, b) = tokio::join!(server.get("/view/req2"), server.get("/view/req2"));
            for rows in [a, b].map(|answer| answer.expect(200)) {
                let hired = rows[0]["hired"].as_u64().unwrap();
                assert!(hired >= least, "{hired} after {least}: an answer from the past");
            }
            least = above(&server).await[0][1].as_u64().unwrap();
        }
    };
    let writing = async {
        for id in 101..=160 {
            server.post_csv("employees", format!("{id},Ada,2021-05-05T12:00:00Z,1,1\n")).await.expect(201);
        }
    };
    tokio::join!(asking, writing);
    assert_eq!(above(&server).await, json!([[1, 61]]));
    server.stop().await.unwrap();
}

async fn asking_brings_the_files_up_to_date(fixture: Fixture) {
    let server = shipped(&fixture).await;
    let read = |name: &str| fs::read_to_string(fixture.deliverables().join(name)).unwrap();
    for (path, name) in
        [("/view/req1", "req1"), ("/view/req2?year=2021", "req2"), ("/view/req1?year=2022", "req1-2022")]
    {
        let csv = csv(&server, path).await;
        assert_eq!(read(&format!("{name}.csv")), csv, "{name}");
        assert!(read(&format!("{name}.html")).contains("<!doctype html>"), "{name}");
    }
    server.get("/view/req2?year=1999").await.expect(200);
    let before = read("req1.csv");
    // A file that was lost or changed is put right, though the report is answered from memory.
    fs::remove_file(fixture.deliverables().join("req1.csv")).unwrap();
    fs::write(fixture.deliverables().join("req1.html"), "scribble").unwrap();
    server.get("/view/req1").await.expect(200);
    assert_eq!(read("req1.csv"), before);
    assert!(read("req1.html").contains("Hires by department and job"));
    server.post_csv("employees", "99999,Ada,2021-05-05T12:00:00Z,1,1\n").await.expect(201);
    assert_eq!(read("req1.csv"), before, "nobody has asked yet");
    let after = csv(&server, "/view/req1").await;
    assert_ne!(after, before);
    assert_eq!(read("req1.csv"), after);
    let names = fs::read_dir(fixture.deliverables()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort_unstable();
    // Nobody was hired in 1999: whoever asks for thousands of such years need not fill a disk.
    let reports = ["req1-2022", "req1", "req2"];
    let mut wanted: Vec<_> = reports.iter().flat_map(|r| [format!("{r}.csv"), format!("{r}.html")]).collect();
    wanted.push("assets".to_owned());
    wanted.sort_unstable();
    assert_eq!(names, wanted, "nothing half-written is left");
    server.stop().await.unwrap();
}

async fn files_that_cannot_be_written_cost_nobody_the_report(fixture: Fixture) {
    let server = shipped(&fixture).await;
    fs::write(fixture.deliverables(), "a file where the folder should be").unwrap();
    for path in ["/view/req1", "/view/req1", "/view/req2"] {
        assert!(!server.get(path).await.expect(200).as_array().unwrap().is_empty());
    }
    fs::remove_file(fixture.deliverables()).unwrap();
    server.get("/view/req1").await.expect(200);
    assert!(fixture.deliverables().join("req1.csv").is_file(), "and as soon as they can be, they are");
    server.stop().await.unwrap();
}

async fn asking_changes_no_data(fixture: Fixture) {
    let server = shipped(&fixture).await;
    let everything = async || {
        let mut all = Vec::new();
        for list in ["/view/departments", "/view/jobs", "/view/employees", "/rejected/employees", "/batches"]
        {
            all.push(server.all(list).await);
        }
        all
    };
    let before = everything().await;
    for path in ["/view/req1", "/view/req2?year=2022", "/view/req1?format=html", "/"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
        let head = server.send(server.call("HEAD", path)).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0), "{path}");
    }
    assert_eq!(everything().await, before);
    server.stop().await.unwrap();
}

async fn without_their_tables_there_are_no_reports_and_everything_else_works(fixture: Fixture) {
    let server = second_package::start(&fixture).await;
    for report in ["req1", "req2"] {
        for format in ["json", "csv", "html"] {
            let path = format!("/view/{report}?format={format}");
            let detail = server.get(&path).await.problem(404, "no-report");
            assert_eq!(
                detail,
                "this report needs a table `employees`, which the data dictionary does not have"
            );
        }
    }
    let home = server.get("/").await;
    assert_eq!(home.status, 200);
    assert!(home.text().contains("href=\"/view/places?format=html\""), "{}", home.text());
    assert!(!home.text().contains("req1"), "no link leads to what is not there");
    assert_eq!(server.get("/view/places?format=html").await.status, 200);
    assert!(!fixture.deliverables().exists());
    server.stop().await.unwrap();
}

fn shipped_package() -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/datapackage.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

async fn a_table_that_lacks_what_a_report_needs_is_named(fixture: Fixture) {
    let shipped = shipped_package();
    let mut dated = shipped.clone();
    dated["resources"][2]["schema"]["fields"][2]["type"] = json!("date");
    let mut apart = shipped.clone();
    apart["resources"][2]["schema"]["foreignKeys"].as_array_mut().unwrap().pop();
    let mut nameless = shipped;
    nameless["resources"][1]["schema"]["fields"][1]["name"] = json!("title");
    for (package, lacking) in [
        (dated, "a datetime `hiring_date` of `employees`"),
        (apart, "a reference `job_id` of `employees` to `jobs`"),
        (nameless, "a string `job_name` of `jobs`"),
    ] {
        let server = fixture.write("datapackage.json", package.to_string()).start().await;
        let detail = server.get("/view/req1").await.problem(404, "no-report");
        assert_eq!(detail, format!("this report needs {lacking}, which the data dictionary does not have"));
        server.stop().await.unwrap();
        fixture.drop_database().await;
    }
}

async fn fields_that_no_report_needs_disturb_none(fixture: Fixture) {
    let mut package = shipped_package();
    for resource in package["resources"].as_array_mut().unwrap() {
        // Words that stand in the reports' questions.
        let more = ["department", "job", "hires", "hired", "by_q1", "above_mean", "hires_of_all"];
        let more = more.map(|name| json!({ "name": name, "type": "string" }));
        resource["schema"]["fields"].as_array_mut().unwrap().extend(more);
    }
    fixture.write("datapackage.json", package.to_string());
    let cells = |row: &str, i: usize| format!("{row},x{i},y{i},,,z,,\n");
    fixture.write("departments.csv", cells("1,A", 1) + &cells("2,B", 2)).write("jobs.csv", cells("1,a", 1));
    let employees = hired([("2021-05-05T12:00:00Z", 2, 1), ("2021-05-05T12:00:00Z", 2, 1)]);
    let employees: String = employees.lines().enumerate().map(|(i, row)| cells(row, i)).collect();
    let server = fixture.write("employees.csv", employees).start().await;
    assert_eq!(csv(&server, "/view/req1").await, "department,job,Q1,Q2,Q3,Q4\r\nB,a,0,2,0,0\r\n");
    assert_eq!(csv(&server, "/view/req2").await, "id,department,hired\r\n2,B,2\r\n");
    server.stop().await.unwrap();
}
