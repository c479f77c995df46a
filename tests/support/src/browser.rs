//! A real browser: Debian's Chromium, driven through chromedriver by the WebDriver protocol.
//! <https://www.w3.org/TR/webdriver2/>

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

use crate::{tools, until};

/// A browser without a window. Dropping it ends it.
pub struct Browser {
    driver: Child,
    http: Client,
    port: u16,
    session: String,
}

impl Browser {
    /// Starts it; `None` with a message where it is not installed, which in CI is a failure.
    pub async fn start() -> Option<Browser> {
        let driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn();
        let Ok(mut driver) = driver else {
            tools::leave_out(
                "the claims in a browser: chromedriver is not installed (apt-get install chromium-driver)",
            );
            return None;
        };
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map(Result::unwrap);
        let started = lines.find(|line| line.contains("started successfully")).expect("chromedriver starts");
        // Read on, so that it never waits for its output to be taken.
        std::thread::spawn(move || lines.for_each(drop));
        let port = started.rsplit(' ').next().unwrap().trim_end_matches('.').parse().unwrap();
        // The root of a container has no sandbox, and containers have little shared memory. No name resolves:
        // whatever a page would load from elsewhere fails.
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        ];
        let capabilities = json!({
            "browserName": "chrome",
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "args": arguments },
        });
        let mut browser = Browser { driver, http: Client::new(), port, session: String::new() };
        let session = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let session = browser.send("POST", "", session).await;
        browser.session = format!("/{}", session["sessionId"].as_str().unwrap());
        Some(browser)
    }

    async fn send(&self, method: &str, command: &str, body: Value) -> Value {
        let url = format!("http://127.0.0.1:{}/session{}{command}", self.port, self.session);
        let request = self.http.request(method.parse().unwrap(), url);
        let request = if method == "POST" { request.body(body.to_string()) } else { request };
        let answer = request.send().await.unwrap().text().await.unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert!(answer["value"]["error"].is_null(), "{command}: {}", answer["value"]);
        answer["value"].clone()
    }

    /// A command of the Chrome DevTools protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.send("POST", "/goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }

    /// The size of the screen in pixels, and whether the page is to be dark.
    pub async fn screen(&self, width: u32, height: u32, dark: bool) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Cuts all connections.
    pub async fn go_offline(&self) {
        self.devtools("Network.enable", json!({})).await;
        let nothing =
            json!({ "offline": true, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0 });
        self.devtools("Network.emulateNetworkConditions", nothing).await;
    }

    /// Opens a page and waits until it is loaded.
    pub async fn open(&self, url: &str) {
        self.send("POST", "/url", json!({ "url": url })).await;
    }

    /// What a script returns.
    pub async fn run(&self, script: &str) -> Value {
        self.send("POST", "/execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// The value of an expression.
    pub async fn value(&self, expression: &str) -> Value {
        self.run(&format!("return {expression}")).await
    }

    /// Waits until an expression is true.
    pub async fn until(&self, expression: &str) {
        until(&format!("`{expression}` is true in the browser"), async || {
            self.value(expression).await == true
        })
        .await;
    }

    async fn element(&self, css: &str) -> String {
        let found = self.send("POST", "/element", json!({ "using": "css selector", "value": css })).await;
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }

    /// Clicks where an element is.
    pub async fn click(&self, css: &str) {
        let element = self.element(css).await;
        self.send("POST", &format!("/element/{element}/click"), json!({})).await;
    }

    /// Types into an element.
    pub async fn keys(&self, css: &str, text: &str) {
        let element = self.element(css).await;
        self.send("POST", &format!("/element/{element}/value"), json!({ "text": text })).await;
    }

    /// Moves the pointer over an element.
    pub async fn point_at(&self, css: &str) {
        let origin = json!({ "element-6066-11e4-a52e-4f735466cecf": self.element(css).await });
        let move_there = json!({ "type": "pointerMove", "duration": 50, "origin": origin, "x": 0, "y": 0 });
        let pointer = json!({ "type": "pointer", "id": "mouse", "actions": [move_there] });
        self.send("POST", "/actions", json!({ "actions": [pointer] })).await;
    }

    /// What has been written to the console since it was last asked.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.send("POST", "/se/log", json!({ "type": "browser" })).await;
        let entries = entries.as_array().unwrap().clone();
        entries.iter().map(|entry| format!("{}: {}", entry["level"], entry["message"])).collect()
    }

    /// A picture of the screen, into the folder of the environment's `SCREENSHOTS` if there is one.
    pub async fn picture(&self, name: &str) {
        use base64::Engine as _;
        let Some(folder) = std::env::var_os("SCREENSHOTS") else { return };
        let picture = self.send("GET", "/screenshot", Value::Null).await;
        let picture = base64::prelude::BASE64_STANDARD.decode(picture.as_str().unwrap()).unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), picture).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Without its session's end, chromedriver would leave the browser behind.
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ended = stream.set_read_timeout(Some(Duration::from_secs(10)));
            let _ended = write!(
                stream,
                "DELETE /session{} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n",
                self.session
            );
            let _ended = stream.read(&mut [0; 512]);
        }
        let _ended_before = self.driver.kill();
        let _ended_before = self.driver.wait();
    }
}
