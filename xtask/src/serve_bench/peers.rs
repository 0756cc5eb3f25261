//! The servers that are measured: how each is started, and what it can do. nginx is the system's; all others are built from `benches/servers`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Running, free_address};
use crate::run::{cargo, output, root, step};

use super::shared;

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) name: &'static str,
    pub(super) upload: bool,
    pub(super) file: bool,
    /// Whether it shares a folder.
    pub(super) shared: bool,
    pub(super) tls: bool,
    /// Whether handlers that sleep are measured on it.
    pub(super) sleep: bool,
    /// Whether it sends no date, so that its answer is that much shorter.
    pub(super) dateless: bool,
    /// Whether it is so far from the best that few rounds tell as much.
    pub(super) far: bool,
}

const fn peer(name: &'static str) -> Peer {
    Peer {
        name,
        upload: true,
        file: false,
        shared: false,
        tls: false,
        sleep: true,
        dateless: false,
        far: false,
    }
}

/// A server that spends a thread a connection, which is what a handler that sleeps has there.
const fn far(name: &'static str) -> Peer {
    Peer {
        sleep: false,
        far: true,
        ..peer(name)
    }
}

/// All of them; the floor first, zeug last.
pub(super) const PEERS: &[Peer] = &[
    Peer {
        file: true,
        sleep: false,
        ..peer("floor")
    },
    Peer {
        upload: false,
        file: true,
        shared: true,
        sleep: false,
        ..peer("nginx")
    },
    Peer {
        tls: true,
        ..peer("hyper")
    },
    Peer {
        upload: false,
        sleep: false,
        ..peer("may_minihttp")
    },
    peer("actix"),
    // Its handlers sleep as hyper's do.
    Peer {
        shared: true,
        sleep: false,
        ..peer("axum")
    },
    // Its reader of bodies never ends where a body has come in several pieces.
    Peer {
        upload: false,
        ..far("astra")
    },
    Peer {
        dateless: true,
        ..far("oxhttp")
    },
    far("tiny_http"),
    far("rouille"),
    Peer {
        file: true,
        shared: true,
        tls: true,
        ..peer("zeug")
    },
];

/// What the servers need: programs, a file to send, a certificate.
pub(super) struct Yard {
    programs: PathBuf,
    pub(super) folder: PathBuf,
}

/// The size of the file that is sent.
pub(super) const FILE: usize = 1024 * 1024;

impl Yard {
    /// Builds the programs of these servers and makes what they need.
    pub(super) fn prepare(peers: &[Peer]) -> Result<Self, String> {
        let manifest = root().join("benches/servers/Cargo.toml");
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root().join("target/servers"), PathBuf::from);
        let mut command = cargo(["build", "--release", "--quiet"]);
        command
            .arg("--manifest-path")
            .arg(&manifest)
            .arg("--target-dir")
            .arg(&target);
        command.args(["--bin", "certificate"]);
        for peer in peers.iter().filter(|peer| peer.name != "nginx") {
            command.args(["--bin", peer.name]);
        }
        step("servers", &mut command)?;
        let folder = std::env::temp_dir().join(format!("zeug-serve-bench-{}", std::process::id()));
        let yard = Self {
            programs: target.join("release"),
            folder,
        };
        let made = fs::create_dir_all(&yard.folder)
            .and_then(|()| fs::write(yard.folder.join("file"), vec![b'x'; FILE]))
            .and_then(|()| shared::write(&yard.folder));
        made.map_err(|error| format!("{}: {error}", yard.folder.display()))?;
        output(Command::new(yard.programs.join("certificate")).arg(&yard.folder))?;
        Ok(yard)
    }

    /// Starts a server; `cores` names the processors it may use, `threads` bounds those for handlers that sleep.
    pub(super) fn start(
        &self,
        peer: Peer,
        tls: bool,
        cores: Option<&str>,
        threads: Option<usize>,
    ) -> Result<Running, String> {
        let address = free_address()?;
        let mut words = Vec::new();
        if let Some(cores) = cores {
            words.extend(["taskset".to_owned(), "-c".to_owned(), cores.to_owned()]);
        }
        if peer.name == "nginx" {
            let config = self.folder.join("nginx.conf");
            let text = nginx(
                address.port(),
                &self.folder,
                if cores.is_some() { 1 } else { 2 },
            );
            fs::write(&config, text).map_err(|error| format!("{}: {error}", config.display()))?;
            words.extend([
                "nginx".to_owned(),
                "-c".to_owned(),
                config.display().to_string(),
            ]);
        } else {
            words.push(self.programs.join(peer.name).display().to_string());
            words.push(address.to_string());
            words.extend([
                "--file".to_owned(),
                self.folder.join("file").display().to_string(),
            ]);
            if peer.shared {
                let folder = self.folder.join("static").display().to_string();
                words.extend(["--folder".to_owned(), folder]);
            }
            if tls {
                words.extend(["--tls".to_owned(), self.folder.display().to_string()]);
            }
            if let Some(threads) = threads {
                words.extend(["--threads".to_owned(), threads.to_string()]);
            }
        }
        Running::start(Command::new(&words[0]).args(&words[1..]), address)
    }
}

impl Drop for Yard {
    fn drop(&mut self) {
        // What is left lies in the system's folder for what may be left.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn nginx(port: u16, folder: &Path, workers: usize) -> String {
    let folder = folder.display();
    format!(
        "daemon off; user root; worker_processes {workers}; pid {folder}/nginx.pid; error_log {folder}/nginx.log crit;
events {{ worker_connections 16384; }}
http {{
  access_log off; sendfile on; tcp_nopush on; default_type text/plain; keepalive_requests 1000000000; keepalive_timeout 300;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = / {{ return 200 \"Hello, World!\"; }}
    location = /file {{ alias {folder}/file; }}
    location /static/ {{ root {folder}; expires 12h; gzip_static on; types {{ text/css css; }} }}
  }}
}}
"
    )
}
