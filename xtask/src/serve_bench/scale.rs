//! How servers grow, for `cargo xtask bench scale`: with connections, with idle ones, and with the time that a handler takes. Points only; the page is not its own.

use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::process::{Running, free_address};
use crate::run::{complain, progress};

use super::peers::{PEERS, Peer, Yard};
use super::wrk::{Ask, Load};
use super::{load, raise_descriptors, wrk};

/// A point: a server, what it was given, what was found.
pub(crate) type Point = (&'static str, f64, f64);

/// Who is asked over more and more connections, and who holds idle ones; the last with a thread for each.
const GROWING: [&str; 6] = ["zeug", "hyper", "axum", "may_minihttp", "nginx", "floor"];
const IDLE: [&str; 7] = [
    "zeug",
    "hyper",
    "axum",
    "actix",
    "may_minihttp",
    "nginx",
    "tiny_http",
];
const SLEEPING: [&str; 3] = ["zeug", "astra", "axum"];

const CONNECTIONS: [usize; 8] = [1, 4, 16, 64, 256, 1024, 4096, 10_000];
const MILLISECONDS: [f64; 10] = [0.0, 0.1, 0.3, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];
/// How many clients ask a handler that sleeps.
const CLIENTS: usize = 256;

/// What is measured with.
pub(crate) struct Servers {
    yard: Yard,
    gunicorn: Option<PathBuf>,
    seconds: u32,
}

fn named<'a>(names: &'a [&str]) -> impl Iterator<Item = Peer> + 'a {
    let find = |name: &&str| PEERS.iter().find(|peer| peer.name == *name).copied();
    names.iter().filter_map(find)
}

impl Servers {
    /// Builds the servers; without gunicorn its curve is left out.
    pub(crate) fn prepare() -> Result<Self, String> {
        crate::setup::all()?;
        raise_descriptors();
        let peers: Vec<Peer> = PEERS
            .iter()
            .filter(|peer| {
                let name = &peer.name;
                GROWING.contains(name) || IDLE.contains(name) || SLEEPING.contains(name)
            })
            .copied()
            .collect();
        let gunicorn = crate::setup::gunicorn()
            .map_err(|error| complain(&format!("    left out: gunicorn: {error}")));
        Ok(Self {
            yard: Yard::prepare(&peers)?,
            gunicorn: gunicorn.ok(),
            seconds: 2,
        })
    }

    /// One second a point in place of two.
    pub(crate) fn quick(&mut self) {
        self.seconds = 1;
    }

    /// Requests a second, and the 99th percentile in milliseconds.
    pub(crate) fn connections(&self) -> Result<(Vec<Point>, Vec<Point>), String> {
        let (mut rates, mut p99) = (Vec::new(), Vec::new());
        for peer in named(&GROWING) {
            let server = match self.yard.start(peer, false, None, None) {
                Ok(server) => server,
                Err(error) => {
                    complain(&format!("    left out: {}: {error}", peer.name));
                    continue;
                }
            };
            for count in CONNECTIONS {
                progress(&format!("{count} connections, {}", peer.name));
                let found = self.load(&server, "/", count)?;
                // A run of which much failed says nothing.
                if found.errors as f64 > found.requests / 100.0 || found.requests < 1.0 {
                    complain(&format!(
                        "    left out: {} with {count} connections: {} answers, {} errors",
                        peer.name, found.requests, found.errors
                    ));
                    continue;
                }
                let rate = found.requests / found.time.as_secs_f64();
                rates.push((peer.name, count as f64, rate));
                p99.push((peer.name, count as f64, found.p99.as_secs_f64() * 1e3));
            }
        }
        progress("");
        Ok((rates, p99))
    }

    /// The growth of resident memory, in KiB.
    pub(crate) fn idle(&self) -> Vec<Point> {
        let mut points = Vec::new();
        for peer in named(&IDLE) {
            let server = match self.yard.start(peer, false, None, None) {
                Ok(server) => server,
                Err(error) => {
                    complain(&format!("    left out: {}: {error}", peer.name));
                    continue;
                }
            };
            // What the first requests set up is no connection's.
            drop(load::idle(server.address, 64));
            thread::sleep(Duration::from_millis(100));
            let before = server.memory();
            let mut held = Vec::new();
            for count in [100, 316, 1000, 3162, 9500] {
                progress(&format!("{count} idle connections, {}", peer.name));
                let (open, failed) = load::idle(server.address, count - held.len());
                held.extend(open);
                if failed > 0 {
                    complain(&format!(
                        "    left out: {} with {count} idle connections: {failed} failed",
                        peer.name
                    ));
                    break;
                }
                thread::sleep(Duration::from_millis(100));
                let grown = server.memory().saturating_sub(before) as f64 / 1024.0;
                points.push((peer.name, count as f64, grown.max(1.0)));
            }
        }
        progress("");
        points
    }

    /// Requests a second of a handler that sleeps.
    pub(crate) fn sleeping(&self) -> Result<Vec<Point>, String> {
        let mut points = Vec::new();
        for peer in named(&SLEEPING) {
            match self.yard.start(peer, false, None, None) {
                Ok(server) => self.asleep(peer.name, &server, &mut points)?,
                Err(error) => complain(&format!("    left out: {}: {error}", peer.name)),
            }
        }
        if let Some(program) = &self.gunicorn {
            match start_gunicorn(program) {
                Ok(server) => self.asleep("gunicorn", &server, &mut points)?,
                Err(error) => complain(&format!("    left out: gunicorn: {error}")),
            }
        }
        progress("");
        Ok(points)
    }

    fn asleep(
        &self,
        name: &'static str,
        server: &Running,
        points: &mut Vec<Point>,
    ) -> Result<(), String> {
        for milliseconds in MILLISECONDS {
            progress(&format!("a handler of {milliseconds} ms, {name}"));
            let path = if milliseconds == 0.0 {
                "/".to_owned()
            } else {
                format!("/sleep?{milliseconds}")
            };
            let found = self.load(server, &path, CLIENTS)?;
            let rate = found.requests / found.time.as_secs_f64();
            points.push((name, milliseconds, rate.max(0.1)));
        }
        Ok(())
    }

    fn load(&self, server: &Running, path: &str, connections: usize) -> Result<wrk::Found, String> {
        let url = format!("http://{}{path}", server.address);
        let load = Load {
            url: &url,
            ask: Ask::Hello,
            connections,
            // wrk takes a while to connect them all.
            seconds: if connections > 1024 { 4 } else { self.seconds },
            cores: None,
        };
        wrk::run(load, &self.yard.folder)
    }
}

/// Two workers of 128 threads each, with the application that lies beside the other servers.
fn start_gunicorn(program: &std::path::Path) -> Result<Running, String> {
    let address = free_address()?;
    let mut command = Command::new(program);
    command
        .args([
            "--workers",
            "2",
            "--worker-class",
            "gthread",
            "--threads",
            "128",
        ])
        .args([
            "--worker-connections",
            "2000",
            "--keep-alive",
            "60",
            "--chdir",
        ])
        .arg(crate::run::root().join("benches/servers/src"))
        .args(["--bind", &address.to_string(), "gunicorn_app:app"]);
    Running::start(&mut command, address)
}
