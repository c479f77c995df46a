//! What is killed: the API and its database.

use std::net::{SocketAddr, TcpListener};

use fastrand::Rng;
use support::{Fixture, MariaDb, Process};

use crate::API;

/// The API and the database, and how often each was killed.
pub struct Victims<'f> {
    fixture: &'f Fixture,
    pub addr: SocketAddr,
    pub api: Option<Process>,
    database: Option<MariaDb>,
    pub api_kills: u32,
    pub database_kills: u32,
}

impl<'f> Victims<'f> {
    pub fn start(fixture: &'f Fixture, database: Option<MariaDb>) -> Victims<'f> {
        // Below the ports that connections get, so that none of them has it while the API is away.
        let free =
            std::iter::repeat_with(|| SocketAddr::from(([127, 0, 0, 1], fastrand::u16(15_000..32_000))))
                .find(|addr| TcpListener::bind(addr).is_ok());
        let addr = free.unwrap();
        let mut victims = Victims { fixture, addr, api: None, database, api_kills: 0, database_kills: 0 };
        victims.start_api();
        victims
    }

    fn start_api(&mut self) {
        let mut command = API.command(self.fixture);
        command.env("API_BIND", self.addr.to_string());
        self.api = Some(tokio::task::block_in_place(|| Process::of(command)));
    }

    /// Kills the API, the database or both, and starts it again.
    pub fn kill_one(&mut self, random: &mut Rng) {
        let which = if self.database.is_some() { random.u32(0..10) } else { 0 };
        if which < 6 {
            self.api.take().unwrap().kill();
            self.api_kills += 1;
        }
        if let Some(database) = self.database.as_mut().filter(|_| which >= 4) {
            database.kill();
            self.database_kills += 1;
            // Others may get its port meanwhile.
            tokio::task::block_in_place(|| database.restart(&["--port-open-timeout=30"]));
        }
        if self.api.is_none() {
            self.start_api();
        }
    }

    pub fn kill_all(&mut self) {
        self.api.take().unwrap().kill();
        if let Some(database) = &mut self.database {
            database.kill();
            tokio::task::block_in_place(|| database.restart(&["--port-open-timeout=30"]));
        }
    }
}
