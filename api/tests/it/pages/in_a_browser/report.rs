//! The table and the chart of a report.

use std::collections::HashMap;

use serde_json::{Value, json};
use support::Fixture;

use super::{CHART_IS_DRAWN, LABELS, ROWS, on, records};

embedded! {
    the_table_holds_what_the_csv_holds,
    choosing_a_department_shows_its_jobs,
    a_click_on_a_column_sorts_by_it,
    the_filter_needs_no_accents,
    pointing_at_a_bar_shows_its_value,
    a_year_without_hires_is_a_page_that_says_so,
}

const HOME: &str = "\u{e011}";

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
    let up = numbers(&browser.value(ROWS).await);
    assert!(up.is_sorted(), "not sorted after the second click: {up:?}");
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
