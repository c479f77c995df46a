//! The pages as a person meets them: in a real browser, on a wide screen and on a phone.

use std::collections::HashMap;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};
use support::{Browser, Fixture, Server};

embedded! {
    every_page_fits_every_screen_and_says_nothing_on_the_console,
    saved_pages_open_from_disk_with_the_network_off,
    the_table_holds_what_the_csv_holds,
    choosing_a_department_shows_its_jobs,
    a_click_on_a_column_sorts_by_it,
    the_filter_needs_no_accents,
    pointing_at_a_bar_shows_its_value,
    names_that_look_like_markup_are_shown_as_they_are,
    without_scripts_all_figures_are_there,
    all_controls_are_reached_with_the_keyboard,
    text_and_bars_can_be_told_apart_in_light_dark_and_print,
    a_year_without_hires_is_a_page_that_says_so,
}

const FILES: [&str; 3] = ["departments.csv", "jobs.csv", "employees.csv"];
const CHART_IS_DRAWN: &str = "document.querySelectorAll('#chart .bars path').length > 0";
const ROWS: &str = "[...document.querySelectorAll('#rows tbody tr')].filter((row) => !row.hidden)
    .map((row) => [...row.cells].map((cell) => cell.textContent))";
const LABELS: &str = "[...document.querySelectorAll('#chart .ytick text')].map((text) => text.textContent)";

/// Keys, as WebDriver writes them.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const HOME: &str = "\u{e011}";

/// A CSV with its header.
fn records(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// A server with the shipped data, and a browser on one of its pages whose chart is drawn.
async fn on(fixture: &Fixture, path: &str) -> Option<(Server, Browser)> {
    let browser = Browser::start().await?;
    let server = fixture.shipped_package(&FILES).start().await;
    browser.screen(1280, 900, false).await;
    browser.open(&server.url(path)).await;
    browser.until(CHART_IS_DRAWN).await;
    Some((server, browser))
}

async fn every_page_fits_every_screen_and_says_nothing_on_the_console(fixture: Fixture) {
    let Some(browser) = Browser::start().await else { return };
    let server = fixture.shipped_package(&FILES).start().await;
    for (path, name) in [
        ("/", "home"),
        ("/view/req1", "req1"),
        ("/view/req2", "req2"),
        ("/view/employees", "employees"),
        ("/rejected/employees", "rejected"),
        ("/batches", "batches"),
    ] {
        for (width, height) in [(1280, 900), (390, 844)] {
            for (dark, scheme) in [(false, "light"), (true, "dark")] {
                browser.screen(width, height, dark).await;
                browser.open(&server.url(path)).await;
                if name.starts_with("req") {
                    browser.until(CHART_IS_DRAWN).await;
                }
                assert_eq!(browser.console().await, Vec::<String>::new(), "{path}");
                let widths = browser.value("[document.documentElement.scrollWidth, innerWidth]").await;
                assert_eq!(widths, json!([width, width]), "{path}");
                browser.picture(&format!("{name}-{width}-{scheme}")).await;
            }
        }
    }
    server.stop().await.unwrap();
}

async fn saved_pages_open_from_disk_with_the_network_off(fixture: Fixture) {
    let Some((server, browser)) = on(&fixture, "/view/req1").await else { return };
    server.get("/view/req2").await.expect(200);
    server.stop().await.unwrap();
    browser.go_offline().await;
    for name in ["req1", "req2"] {
        let folder = fixture.deliverables();
        browser.open(&format!("file://{}/{name}.html", folder.display())).await;
        browser.until(CHART_IS_DRAWN).await;
        assert_eq!(browser.console().await, Vec::<String>::new(), "{name}");
        let csv = std::fs::read_to_string(folder.join(format!("{name}.csv"))).unwrap();
        assert_eq!(browser.value(ROWS).await, json!(records(&csv)[1..]), "{name}");
        // Nothing leads to a server that may not be there, or to a file that is not beside the page: the CSV is in it.
        let links = browser
            .value("[...document.querySelectorAll('[href]')].map((a) => a.getAttribute('href'))")
            .await;
        for link in links.as_array().unwrap() {
            let link = link.as_str().unwrap();
            let is_csv = link.strip_prefix("data:text/csv;charset=utf-8;base64,").map(|data| {
                assert_eq!(String::from_utf8(BASE64_STANDARD.decode(data).unwrap()).unwrap(), csv);
            });
            assert!(is_csv.is_some() || link.starts_with('#') || folder.join(link).is_file(), "{link}");
        }
    }
}

async fn the_table_holds_what_the_csv_holds(fixture: Fixture) {
    let Some((server, browser)) = on(&fixture, "/view/req1").await else { return };
    for path in ["/view/req1", "/view/req2"] {
        browser.open(&server.url(path)).await;
        let csv = server.get(&format!("{path}?format=csv")).await;
        let header = browser
            .value("[...document.querySelector('#rows thead tr').cells].map((c) => c.textContent)")
            .await;
        let mut table = vec![header];
        table.extend(browser.value(ROWS).await.as_array().unwrap().clone());
        assert_eq!(json!(table), json!(records(csv.text())), "{path}");
    }
    server.stop().await.unwrap();
}

async fn choosing_a_department_shows_its_jobs(fixture: Fixture) {
    let Some((server, browser)) = on(&fixture, "/view/req1").await else { return };
    let csv = records(server.get("/view/req1?format=csv").await.text());
    let hired = |record: &Vec<String>| record[2..].iter().map(|n| n.parse::<u64>().unwrap()).sum::<u64>();
    let mut departments: HashMap<&str, u64> = HashMap::new();
    for record in &csv[1..] {
        *departments.entry(&record[0]).or_default() += hired(record);
    }
    let all = browser.value(LABELS).await;
    assert_eq!(all.as_array().unwrap().len(), departments.len());
    let (most, _) = departments.iter().max_by_key(|(_, hired)| **hired).unwrap();
    assert_eq!(all[0], *most, "the first is the largest");

    browser.keys("#department", "Legal").await;
    browser.until("document.querySelector('#chart-title').textContent === 'Legal: jobs by quarter'").await;
    let mut jobs: Vec<_> = csv[1..].iter().filter(|record| record[0] == "Legal").collect();
    assert_eq!(browser.value(ROWS).await, json!(jobs), "the table follows");
    jobs.sort_by_key(|job| std::cmp::Reverse(hired(job)));
    let names: Vec<_> = jobs.iter().map(|job| &job[1]).collect();
    assert_eq!(browser.value(LABELS).await, json!(names));
    let totals =
        "[...document.querySelectorAll('#chart .textpoint text')].map((text) => Number(text.textContent))";
    assert_eq!(browser.value(totals).await, json!(jobs.iter().map(|job| hired(job)).collect::<Vec<_>>()));

    browser.keys("#department", HOME).await;
    browser.until("document.querySelector('#chart-title').textContent === 'Departments by quarter'").await;
    assert_eq!(browser.value(LABELS).await, all);
    assert_eq!(browser.value(ROWS).await, json!(csv[1..]));
    assert_eq!(browser.console().await, Vec::<String>::new());
    server.stop().await.unwrap();
}

async fn a_click_on_a_column_sorts_by_it(fixture: Fixture) {
    let Some((server, browser)) = on(&fixture, "/view/req1").await else { return };
    let column = |rows: &Value, i: usize| -> Vec<String> {
        rows.as_array().unwrap().iter().map(|row| row[i].as_str().unwrap().to_owned()).collect()
    };
    let numbers = |rows: &Value| -> Vec<u64> { column(rows, 3).iter().map(|n| n.parse().unwrap()).collect() };
    let before = browser.value(ROWS).await;
    browser.click("#rows th:nth-child(4) button").await;
    let down = browser.value(ROWS).await;
    assert!(numbers(&down).is_sorted_by(|a, b| a >= b) && numbers(&down)[0] > 1, "the largest first");
    browser.click("#rows th:nth-child(4) button").await;
    assert!(numbers(&browser.value(ROWS).await).is_sorted());
    let state = "[...document.querySelectorAll('#rows th[scope=col]')].map((th) => th.ariaSort)";
    assert_eq!(browser.value(state).await, json!([null, null, null, "ascending", null, null]));
    browser.click("#rows th:nth-child(2) button").await;
    let jobs = column(&browser.value(ROWS).await, 1);
    assert!(jobs[0].starts_with("Account") && jobs[jobs.len() - 1].starts_with("Web"), "{jobs:?}");
    assert_eq!(before.as_array().unwrap().len(), jobs.len());
    server.stop().await.unwrap();
}

async fn the_filter_needs_no_accents(fixture: Fixture) {
    let Some((server, browser)) = on(&fixture, "/view/req1").await else { return };
    let csv = records(server.get("/view/req1?format=csv").await.text());
    browser.keys("#filter", "INVESTIGACION").await;
    let wanted: Vec<_> = csv[1..].iter().filter(|row| row[0] == "Investigación y Desarrollo").collect();
    assert_eq!(browser.value(ROWS).await, json!(wanted));
    let status = browser.value("document.querySelector('#shown').textContent").await;
    assert_eq!(status, format!("{} of {} rows", wanted.len(), csv.len() - 1));
    browser.keys("#filter", "nobody is called so").await;
    assert_eq!(browser.value(ROWS).await, json!([]));
    server.stop().await.unwrap();
}

async fn pointing_at_a_bar_shows_its_value(fixture: Fixture) {
    let Some((server, browser)) = on(&fixture, "/view/req1").await else { return };
    for (path, bar, wanted) in [
        ("/view/req1", "#chart .bars:nth-child(2) .point:nth-child(1) path", "EngineeringQ2 2021: 60"),
        ("/view/req2", "#chart .bars:nth-child(1) .point:nth-child(1) path", "Engineeringhired in 2021: 175"),
    ] {
        browser.open(&server.url(path)).await;
        browser.until(CHART_IS_DRAWN).await;
        browser.point_at(bar).await;
        browser.until("document.querySelector('#chart .hovertext') !== null").await;
        assert_eq!(browser.value("document.querySelector('#chart .hovertext').textContent").await, wanted);
    }
    assert_eq!(
        browser.value("document.querySelector('#chart .annotation-text').textContent.trim()").await,
        "mean 82.3"
    );
    server.stop().await.unwrap();
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

async fn without_scripts_all_figures_are_there(fixture: Fixture) {
    let Some(browser) = Browser::start().await else { return };
    let server = fixture.shipped_package(&FILES).start().await;
    browser.screen(390, 844, false).await;
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    browser.open(&server.url("/view/req1")).await;
    browser.click("summary").await;
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": false })).await;
    let departments = "document.querySelectorAll('#chart-figures[open] tbody tr').length";
    assert_eq!(browser.value(departments).await, 12);
    assert_eq!(
        browser.value("document.querySelector('#chart-figures tfoot td:last-child').textContent").await,
        "987"
    );
    assert_eq!(browser.value("document.querySelector('.scripted').hidden").await, true);
    assert_eq!(browser.value("document.querySelectorAll('#rows tbody tr').length").await, 573);
    server.stop().await.unwrap();
}

async fn all_controls_are_reached_with_the_keyboard(fixture: Fixture) {
    let Some((server, browser)) = on(&fixture, "/view/req1").await else { return };
    let mut reached = Vec::new();
    for _ in 0..30 {
        browser.keys(":focus, body", TAB).await;
        let focused = "(document.activeElement.id || document.activeElement.name || document.activeElement.textContent)";
        reached.push(browser.value(focused).await.as_str().unwrap().trim().to_owned());
        let outlined = "getComputedStyle(document.activeElement).outlineStyle !== 'none'";
        assert_eq!(browser.value(outlined).await, true, "the focus is seen on {reached:?}");
        if reached.last().unwrap() == "Q4" {
            break;
        }
    }
    for wanted in ["Skip to the content", "Home", "year", "Show", "department", "filter", "CSV", "Q1", "Q4"] {
        assert!(reached.iter().any(|name| name == wanted), "{wanted} is not among {reached:?}");
    }
    browser.keys(":focus", ENTER).await;
    assert_eq!(browser.value("document.querySelector('#rows th:nth-child(6)').ariaSort").await, "descending");
    server.stop().await.unwrap();
}

async fn text_and_bars_can_be_told_apart_in_light_dark_and_print(fixture: Fixture) {
    let Some((server, browser)) = on(&fixture, "/view/req1").await else { return };
    // Relative luminance and contrast as WCAG 2.2 defines them.
    let contrast = "const shade = (element, property) => {
            const channels = getComputedStyle(element)[property].match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255);
            const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const ground = shade(document.body, 'backgroundColor');
        const one = (css) => document.querySelector(css);
        const texts = ['h1', '.lead', '.quality', '.quality strong', '#rows td', '#rows .z', '.origin', 'label', 'nav a']
            .concat(one('.quality a').offsetParent ? ['.quality a'] : [])
            .map((css) => [css, contrast(ground, shade(one(css), 'color'))]);
        const labels = ['.ytick text', '.legendtext', '.textpoint text', '.xtitle']
            .map((css) => [css, contrast(ground, shade(one('#chart ' + css), 'fill'))]);
        const parts = [1, 2, 3, 4].map((n) => shade(one(`#chart .bars:nth-child(${n}) path`), 'fill'));
        const bars = [0, 1, 2].map((n) => [`Q${n + 1} and the next`, contrast(parts[n], parts[n + 1]) * 3]);
        return texts.concat(labels, bars).filter(([, contrast]) => contrast < 4.5);";
    for (media, dark) in [("screen", false), ("screen", true), ("print", false), ("print", true)] {
        browser.screen(1280, 900, dark).await;
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        browser.devtools("Emulation.setEmulatedMedia", json!({ "media": media, "features": features })).await;
        assert_eq!(browser.run(contrast).await, json!([]), "{media}, {scheme}");
        let lightness = browser.value("getComputedStyle(document.body).backgroundColor").await;
        let on_white = lightness == "rgb(255, 255, 255)";
        assert_eq!(on_white, media == "print" || !dark, "{media}, {scheme}: {lightness}");
    }
    server.stop().await.unwrap();
}

async fn a_year_without_hires_is_a_page_that_says_so(fixture: Fixture) {
    let Some((server, browser)) = on(&fixture, "/view/req1").await else { return };
    // As a person would ask for it.
    browser.run("document.querySelector('[name=year]').value = '1999'").await;
    browser.click("form button").await;
    browser.until("location.search.includes('year=1999')").await;
    for path in ["/view/req1?year=1999", "/view/req2?year=1999"] {
        browser.open(&server.url(path)).await;
        let said = browser.value("document.querySelector('main').innerText").await;
        assert!(said.as_str().unwrap().contains("Nobody was hired in 1999."), "{said}");
        assert_eq!(browser.value(ROWS).await, json!([]));
        assert_eq!(browser.console().await, Vec::<String>::new(), "{path}");
    }
    server.stop().await.unwrap();
}
