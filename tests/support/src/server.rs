//! A server in this process.

use std::ops::Deref;
use std::thread::JoinHandle;

use api::{App, Config, Stopper};

use crate::Api;

/// A running server, with the HTTP client [`Api`] on it.
pub struct Server {
    api: Api,
    stopper: Stopper,
    thread: JoinHandle<anyhow::Result<()>>,
}

impl Deref for Server {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Server {
    /// Starts a server, without waiting until it is ready.
    pub fn start(config: Config) -> Server {
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let app = App::bind(config).await?;
                sender.send((app.addr(), app.stopper())).unwrap();
                app.run().await
            })
        });
        let (addr, stopper) = receiver.recv().expect("the server binds its port");
        Server { api: Api::at(addr), stopper, thread }
    }

    /// Stops as SIGTERM does, and returns how the server ended.
    ///
    /// # Errors
    ///
    /// What the server ended with.
    pub async fn stop(self) -> anyhow::Result<()> {
        tokio::task::spawn_blocking(|| self.stop_and_wait()).await.unwrap()
    }

    /// The same for a test that is not async.
    ///
    /// # Errors
    ///
    /// What the server ended with.
    pub fn stop_and_wait(self) -> anyhow::Result<()> {
        self.stopper.stop();
        self.thread.join().unwrap()
    }
}
