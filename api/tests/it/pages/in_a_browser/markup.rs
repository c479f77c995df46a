//! Names that look like markup.

use serde_json::{Value, json};
use support::{Browser, Fixture};

use super::{CHART_IS_DRAWN, LABELS, ROWS};

embedded! {
    names_that_look_like_markup_are_shown_as_they_are,
}

const NAMES: [&str; 12] = [
    "<script>window.pwned = 1</script>",
    "</script><img src=x onerror='window.pwned = 1'>",
    "<b>bold</b> <a href='javascript:window.pwned=1'>link</a>",
    "=HYPERLINK(\"http://example.org\",\"click\")",
    "&lt;tag&gt; &amp; $x^2$ %{x} {{7*7}}",
    "2021-07-27",
    "7",
    "שלום עולם, محاسبة",
    "\u{202e}desrever",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    "a long name of many words that goes on and on and on until nobody can remember how it once began",
    "\"quoted\", 'twice' \\ and\ttabbed",
];

async fn names_that_look_like_markup_are_shown_as_they_are(fixture: Fixture) {
    let Some(browser) = Browser::start().await else { return };
    let server = fixture.shipped_package(&[]).start().await;
    let named = |key: &str, name: &str| -> Value {
        (1..).zip(NAMES).map(|(i, text)| json!({ key: i, name: text })).collect()
    };
    server.post_json("departments", named("department_id", "department_name")).await.expect(201);
    server.post_json("jobs", named("job_id", "job_name")).await.expect(201);
    let employees: Value = (1..=NAMES.len())
        .map(|i| {
            let name = NAMES[i - 1].repeat(2);
            json!({ "employee_id": i, "employee_name": name, "hiring_date": "2021-05-05T00:00:00Z",
                    "department_id": i, "job_id": i })
        })
        .collect();
    server.post_json("employees", employees).await.expect(201);
    server.post_csv("departments", "x,<script>window.pwned = 1</script>\n").await.expect(422);
    let cut = |name: &&str| match name.chars().count() {
        0..=28 => (*name).to_owned(),
        _ => name.chars().take(27).collect::<String>() + "…",
    };
    let mut sorted = NAMES.to_vec();
    sorted.sort_unstable();
    for (width, path) in [1280, 390].into_iter().flat_map(|width| {
        ["/view/req1", "/view/req2", "/view/employees", "/rejected/departments", "/"]
            .map(|path| (width, path))
    }) {
        browser.screen(width, 900, false).await;
        browser.open(&server.url(path)).await;
        let widths = browser.value("[document.documentElement.scrollWidth, innerWidth]").await;
        assert_eq!(widths, json!([width, width]), "{path}");
        let fits = "[...document.querySelectorAll('.scroll')].every((table) => table.scrollWidth <= table.clientWidth)";
        assert!(width < 1000 || browser.value(fits).await == true, "{path}: a name makes a table too wide");
        if path.contains("req") {
            browser.until(CHART_IS_DRAWN).await;
            browser.picture(&format!("names-{}-{width}", &path[6..])).await;
            assert_eq!(browser.value(LABELS).await, sorted.iter().map(&cut).collect::<Value>());
        }
        if path == "/view/req1" {
            let rows = browser.value(ROWS).await;
            let shown: Vec<_> = rows.as_array().unwrap().iter().map(|row| row[0].as_str().unwrap()).collect();
            assert_eq!(shown, sorted);
            for name in &sorted {
                let choose = "const d = document.querySelector('#department'); d.value = NAME; d.dispatchEvent(new Event('change'))";
                browser.run(&choose.replace("NAME", &json!(name).to_string())).await;
                assert_eq!(browser.value(ROWS).await[0][0], *name);
                assert_eq!(browser.value(LABELS).await, json!([cut(name)]), "its only job has the same name");
            }
        }
        assert_eq!(browser.value("window.pwned === undefined").await, true, "{path}");
        assert_eq!(browser.console().await, Vec::<String>::new(), "{path}");
    }
    server.stop().await.unwrap();
}
