//! What pages say: the home page, lists in HTML, and the files that pages load. `in_a_browser` has what they look like.

use serde_json::{Value, json};
use support::{Answer, Fixture, Server};

conformance! {
    a_browser_is_given_pages_and_a_program_json,
    the_home_page_tells_what_is_there_what_came_in_and_what_was_rejected,
    the_home_page_follows_every_batch,
    the_home_page_tells_how_old_backups_are_and_leads_to_them,
    lists_are_paged_through_in_html,
    what_a_form_leaves_empty_is_not_asked_for,
    names_are_text_in_html_and_in_the_data_of_scripts,
    pages_may_load_nothing_but_their_own,
    what_pages_need_may_be_kept_for_ever,
    a_report_with_the_shipped_data_weighs_less_than_150_kb,
}

const FILES: [&str; 3] = ["departments.csv", "jobs.csv", "employees.csv"];
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

async fn page(server: &Server, path: &str) -> Answer {
    let answer = server.send(server.call("GET", path).header("accept", BROWSER)).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
    answer
}

/// The texts of a page's table cells and heads, row by row.
fn cells(page: &str) -> Vec<Vec<String>> {
    let rows = page.split("<tr>").skip(1).map(|row| row.split("</tr>").next().unwrap());
    let text = |cell: &str| {
        let mut text = String::new();
        let mut outside = false;
        for part in cell.split_inclusive(['<', '>']) {
            if outside {
                text += part.trim_end_matches('<');
            }
            outside = part.ends_with('>');
        }
        text.trim().to_owned()
    };
    rows.map(|row| row.replace("<th", "<td").split("<td").skip(1).map(text).collect()).collect()
}

async fn a_browser_is_given_pages_and_a_program_json(fixture: Fixture) {
    let server = fixture.shipped_package(&FILES).start().await;
    for path in ["/view/employees", "/view/req1", "/view/req2", "/rejected/employees", "/batches"] {
        page(&server, path).await;
        for accept in ["*/*", "application/json"] {
            let answer = server.send(server.call("GET", path).header("accept", accept)).await;
            assert_eq!(answer.header("content-type"), Some("application/json"), "{path}");
        }
    }
    server.stop().await.unwrap();
}

async fn the_home_page_tells_what_is_there_what_came_in_and_what_was_rejected(fixture: Fixture) {
    let server = fixture.shipped_package(&FILES).start().await;
    let home = page(&server, "/").await;
    let rows = cells(home.text());
    for row in [
        ["departments", "12", "0", "just now", "never"].as_slice(),
        &["jobs", "183", "0", "just now", "never"],
        &["employees", "1,930", "70", "just now", "never"],
        &["just now", "employees", "employees.csv", "", "968", "32"],
        &["employees", "type-error", "17"],
        &["employees", "constraint-error", "29"],
    ] {
        assert!(rows.iter().any(|cells| cells == row), "{row:?} is not in {rows:#?}");
    }
    for link in [
        "/view/req1?format=html",
        "/view/req2?format=html",
        "/batches?format=html",
        "/rejected/employees?status=open&amp;format=html",
        "/rejected/employees?status=open&amp;code=type-error&amp;format=html",
    ] {
        assert!(home.text().contains(&format!("href=\"{link}\"")), "{link}");
        assert_eq!(server.get(&link.replace("&amp;", "&")).await.status, 200, "{link}");
    }
    server.stop().await.unwrap();
}

async fn the_home_page_follows_every_batch(fixture: Fixture) {
    let server = fixture.shipped_package(&[]).start().await;
    let other = fixture.start().await;
    for (i, body) in ["1,A\n2,B\n", "3,C\nx,D\n", "4,E\n"].into_iter().enumerate() {
        server.post_csv("departments", body).await;
        let (rows, rejects) = [(2, 0), (3, 1), (4, 1)][i];
        for server in [&server, &other] {
            let home = page(server, "/").await;
            let row = ["departments", &rows.to_string(), &rejects.to_string(), "just now", "never"];
            assert!(cells(home.text()).iter().any(|cells| *cells == row), "{row:?}: {}", home.text());
        }
    }
    server.stop().await.unwrap();
    other.stop().await.unwrap();
}

async fn the_home_page_tells_how_old_backups_are_and_leads_to_them(fixture: Fixture) {
    let server = fixture.shipped_package(&FILES).start().await;
    let made = server.post_empty("/backup/jobs").await.json();
    let home = page(&server, "/").await;
    let row = ["jobs", "183", "0", "just now", "just now"];
    assert!(cells(home.text()).iter().any(|cells| *cells == row), "{row:?}: {}", home.text());
    assert!(home.text().contains("href=\"/backup/jobs?format=html\""));
    let name = made["name"].as_str().unwrap();
    let list = page(&server, "/backup/jobs?format=html").await;
    let rows = cells(list.text());
    let bytes = rows[1][3].replace(',', "");
    assert_eq!([&rows[1][1], &rows[1][2], &bytes], [name, "183", &made["bytes"].to_string()]);
    assert_eq!(rows[1].last().unwrap(), "never");
    server.post_empty(&format!("/backup/jobs/{name}/verify")).await;
    let list = page(&server, "/backup/jobs?format=html").await;
    assert!(cells(list.text())[1].last().unwrap().starts_with("intact, 20"));
    assert!(list.text().contains(&format!("href=\"/backup/jobs/{name}\"")));
    server.stop().await.unwrap();
}

async fn lists_are_paged_through_in_html(fixture: Fixture) {
    let server = fixture.shipped_package(&FILES).start().await;
    let mut path = "/view/employees?limit=700".to_owned();
    let mut ids = Vec::new();
    loop {
        let answer = page(&server, &path).await;
        let rows = cells(answer.text());
        assert_eq!(rows[0], ["employee_id", "employee_name", "hiring_date", "department_id", "job_id"]);
        ids.extend(rows[1..].iter().map(|row| row[0].parse::<u64>().unwrap()));
        let next =
            answer.text().split(" rel=\"next\"").next().filter(|before| before.len() < answer.text().len());
        let Some(before) = next else { break };
        let (_, link) = before.rsplit_once("href=\"").unwrap();
        path = link.trim_end_matches('"').replace("&#38;", "&");
        assert_eq!(answer.header("link"), Some(format!("<{path}>; rel=\"next\"").as_str()));
    }
    let all = server.all("/view/employees").await;
    assert_eq!(json!(ids), all.iter().map(|row| row["employee_id"].clone()).collect::<Value>());
    let rejected = page(&server, "/rejected/employees?limit=1000").await;
    assert_eq!(cells(rejected.text()).len(), 71);
    assert!(rejected.text().contains("expected YYYY-MM-DDThh:mm:ssZ, got &#34;2021-04-31T08:30:00Z&#34;"));
    let batches = page(&server, "/batches").await;
    assert_eq!(cells(batches.text())[1][1..], ["employees", "employees.csv", "1,001–2,000", "", "968", "32"]);
    server.stop().await.unwrap();
}

async fn what_a_form_leaves_empty_is_not_asked_for(fixture: Fixture) {
    let server = fixture.shipped_package(&FILES).start().await;
    let asked = page(&server, "/rejected/employees?code=&status=open&batch=&format=html&limit=1000").await;
    assert_eq!(cells(asked.text()).len(), 71);
    let asked = page(&server, "/rejected/employees?code=foreign-key&status=&batch=&format=html").await;
    assert!(asked.text().contains("<option selected>foreign-key</option>"));
    let asked = page(&server, "/batches?table=jobs&kind=&source=&format=html").await;
    assert_eq!(cells(asked.text()).len(), 2);
    server.stop().await.unwrap();
}

async fn names_are_text_in_html_and_in_the_data_of_scripts(fixture: Fixture) {
    let server = fixture.shipped_package(&[]).start().await;
    let evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&";
    server
        .post_json("departments", json!([{ "department_id": 1, "department_name": evil }]))
        .await
        .expect(201);
    server.post_json("jobs", json!([{ "job_id": 1, "job_name": evil }])).await.expect(201);
    let employee = json!({ "employee_id": 1, "employee_name": evil, "hiring_date": "2021-05-05T00:00:00Z",
                           "department_id": 1, "job_id": 1 });
    server.post_json("employees", json!([employee])).await.expect(201);
    let source = server.request(
        "departments?source=%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "text/csv",
        format!("x,{evil}\n"),
    );
    server.send(source).await.expect(422);
    let paths = ["/", "/view/req1", "/view/req2", "/view/employees", "/rejected/departments", "/batches"];
    for path in
        paths.into_iter().chain(["/batches?source=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&format=html"])
    {
        let page = page(&server, path).await;
        for active in ["<script>", "<img", "onerror=alert(1)>"] {
            assert!(!page.text().contains(active), "{path}: {active}: {}", page.text());
        }
    }
    let saved = std::fs::read_to_string(fixture.deliverables().join("req1.html")).unwrap();
    assert!(!saved.contains("<script>") && !saved.contains("<img"), "{saved}");
    server.stop().await.unwrap();
}

async fn pages_may_load_nothing_but_their_own(server: &Server) {
    for path in ["/", "/view/req1", "/view/req2", "/view/employees", "/rejected/employees", "/batches"] {
        let page = page(server, path).await;
        let policy = page.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"]
        {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        for inline in ["style=", "onclick=", "onload=", "http://", "https://", "<script>"] {
            assert!(!page.text().contains(inline), "{path}: {inline}");
        }
    }
}

async fn what_pages_need_may_be_kept_for_ever(server: &Server) {
    let report = page(server, "/view/req1").await;
    let mut kinds = Vec::new();
    for asset in report.text().split("\"/assets/").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let answer = server.get(&format!("/assets/{asset}")).await;
        assert_eq!(answer.status, 200, "{asset}");
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
        kinds.push(answer.header("content-type").unwrap().to_owned());
    }
    let javascript = "text/javascript; charset=utf-8";
    assert_eq!(kinds, ["image/svg+xml", "text/css; charset=utf-8", javascript, javascript]);
    for name in ["nothing.css", "..%2f..%2fCargo.toml", "pages.css"] {
        server.get(&format!("/assets/{name}")).await.problem(404, "unknown-path");
    }
}

async fn a_report_with_the_shipped_data_weighs_less_than_150_kb(fixture: Fixture) {
    let server = fixture.shipped_package(&FILES).start().await;
    for path in ["/", "/view/req1", "/view/req2"] {
        let weight = page(&server, path).await.body.len();
        println!("{path}: {weight} bytes");
        assert!(weight < 150_000, "{path}: {weight} bytes");
    }
    for name in ["req1.html", "req2.html"] {
        let weight = std::fs::metadata(fixture.deliverables().join(name)).unwrap().len();
        println!("{name}: {weight} bytes");
        assert!(weight < 150_000, "{name}: {weight} bytes");
    }
    server.stop().await.unwrap();
}
