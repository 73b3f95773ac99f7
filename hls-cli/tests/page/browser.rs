//! A browser without a window, driven through the DevTools protocol over a pipe.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a loaded machine may take for one answer.
const PATIENCE: Duration = Duration::from_secs(90);
/// Programs that speak the protocol, by name.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// A browser with one page.
pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    /// Of the last call.
    id: u64,
    session: Option<String>,
    /// Messages of the page that nobody asked for.
    pub events: Vec<Value>,
    _profile: TempDir,
}

/// The program, if one is installed.
pub fn find() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM").filter(|name| !name.is_empty()) {
        return Some(named.into());
    }
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    NAMES.iter().flat_map(|name| folders.iter().map(move |dir| dir.join(name))).find(|path| path.is_file())
}

impl Browser {
    /// Starts `program`.
    pub fn start(program: &Path) -> Self {
        let profile = tempfile::tempdir().expect("scratch");
        // The protocol is spoken on the descriptors 3 and 4.
        let mut child = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>/dev/null 2>&1"#])
            .arg(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-pipe",
                "--no-first-run",
            ])
            .args(["--disable-extensions", "--disable-background-networking", "--disable-dev-shm-usage"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh");
        let to = child.stdin.take().expect("a pipe");
        let mut reader = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, from) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while reader.read_until(0, &mut message).is_ok_and(|read| read > 0) {
                message.pop();
                let value = serde_json::from_slice(&message).expect("messages are JSON");
                if sender.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let mut browser =
            Self { child, to, from, id: 0, session: None, events: Vec::new(), _profile: profile };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attached =
            browser.call("Target.attachToTarget", json!({"targetId": target["targetId"], "flatten": true}));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Calls a method of the protocol.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.id += 1;
        let mut message = json!({"id": self.id, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).expect("the browser listens");
        loop {
            let answer = self.from.recv_timeout(PATIENCE);
            let mut answer =
                answer.unwrap_or_else(|why| panic!("no answer of the browser to {method}: {why}"));
            if answer["id"] == self.id {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    /// Sets the size of the window in pixels, and whether the system's colours are dark.
    pub fn shape(&mut self, width: u32, height: u32, colours: &str) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", size);
        let feature = json!([{"name": "prefers-color-scheme", "value": colours}]);
        self.call("Emulation.setEmulatedMedia", json!({"features": feature}));
    }

    /// Opens a file, waits until the page says that it is drawn, and returns the milliseconds that this took by the page's own clock.
    pub fn open(&mut self, file: &Path) -> f64 {
        self.call("Page.navigate", json!({"url": format!("file://{}", file.display())}));
        let drawn = self.wait("document.documentElement?.dataset.drawn ?? null");
        drawn.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{drawn}"))
    }

    /// The value of an expression in the page.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.call("Runtime.evaluate", params);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].take()
    }

    /// An expression's value once it is neither `null` nor `false`.
    pub fn wait(&mut self, expression: &str) -> Value {
        let began = Instant::now();
        loop {
            let value = self.evaluate(expression);
            if !value.is_null() && value != false {
                return value;
            }
            assert!(began.elapsed() < PATIENCE, "waited in vain for {expression}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses and releases a key, as `Tab`, `Enter`, `Escape` or `ArrowDown`.
    pub fn press(&mut self, key: &str) {
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            "ArrowDown" => 40,
            other => panic!("no code for {other}"),
        };
        let mut event = json!({"type": "rawKeyDown", "key": key, "code": key, "windowsVirtualKeyCode": code});
        if key == "Enter" {
            // What makes a button work is the character.
            event["type"] = "keyDown".into();
            event["text"] = "\r".into();
        }
        self.call("Input.dispatchKeyEvent", event.clone());
        event["type"] = "keyUp".into();
        self.call("Input.dispatchKeyEvent", event);
    }

    /// Types a text into what has the focus.
    pub fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", json!({"text": text}));
    }

    /// Moves the mouse.
    pub fn hover(&mut self, x: f64, y: f64) {
        self.call("Input.dispatchMouseEvent", json!({"type": "mouseMoved", "x": x, "y": y}));
    }

    /// Errors of scripts, and what the content security policy refused.
    pub fn complaints(&self) -> Vec<&Value> {
        let is_complaint = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Log.entryAdded") => event["params"]["entry"]["level"] == "error",
            Some("Runtime.consoleAPICalled") => {
                matches!(event["params"]["type"].as_str(), Some("error" | "warning"))
            }
            _ => false,
        };
        self.events.iter().filter(is_complaint).collect()
    }

    /// Saves what is seen, if `HLS_PICTURES` names a folder: for whoever wants to look at it.
    pub fn picture(&mut self, name: &str) {
        let Some(folder) = std::env::var_os("HLS_PICTURES") else { return };
        let shot = self.call("Page.captureScreenshot", json!({"format": "png"}));
        self.save(&Path::new(&folder).join(name), &shot["data"]);
    }

    /// Prints the page; also saves that as `name`.
    pub fn print(&mut self, name: &str) -> usize {
        let printed = self.call("Page.printToPDF", json!({"landscape": true, "printBackground": true}));
        if let Some(folder) = std::env::var_os("HLS_PICTURES") {
            self.save(&Path::new(&folder).join(name), &printed["data"]);
        }
        printed["data"].as_str().map_or(0, str::len)
    }

    fn save(&self, path: &Path, data: &Value) {
        use base64::Engine;
        let bytes = base64::engine::general_purpose::STANDARD.decode(data.as_str().expect("base64"));
        std::fs::write(path, bytes.expect("base64")).expect("a picture is written");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It has children of its own; it ends them when it is asked to.
        self.session = None;
        let close = format!("{}\0", json!({"id": self.id + 1, "method": "Browser.close"}));
        let _ = self.to.write_all(close.as_bytes());
        for _ in 0..100 {
            if self.child.try_wait().is_ok_and(|status| status.is_some()) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
