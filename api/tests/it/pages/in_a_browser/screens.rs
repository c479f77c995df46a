//! Pages on every screen, without scripts, without a network, with a keyboard only.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::json;
use support::{Browser, Fixture};

use super::{CHART_IS_DRAWN, FILES, ROWS, on, records};

embedded! {
    every_page_fits_every_screen_and_says_nothing_on_the_console,
    saved_pages_open_from_disk_with_the_network_off,
    without_scripts_all_figures_are_there,
    all_controls_are_reached_with_the_keyboard,
    text_and_bars_can_be_told_apart_in_light_dark_and_print,
}

/// Keys, as WebDriver writes them.
const TAB: &str = "\u{e004}";

const ENTER: &str = "\u{e007}";

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
        // No link leads to a server, which may be away, or to a file that was not saved with the page: the CSV is in it.
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
