//! A front before a server: a program that others wrote, started on loopback with files of its own, and what it says it has handed on.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::running::read_all;

/// How long what must happen may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The field by which a front sees that an answer is not its own.
pub(crate) const FROM_ZEUG: &str = "X-From";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Haproxy,
    Apache,
    Varnish,
    TrafficServer,
    Squid,
}

/// A running front; it ends when dropped.
pub(crate) struct Front {
    pub(crate) kind: Kind,
    /// The front, and what writes its log where that is a program of its own.
    children: Vec<Child>,
    pub(crate) address: SocketAddr,
    folder: TempDir,
}

/// Method and target, as often as seen.
pub(crate) type Counted = BTreeMap<(String, String), usize>;

/// A request as it is counted. haproxy's log has the first thousand bytes of a target.
pub(crate) fn key(method: &str, target: &str) -> (String, String) {
    (
        method.to_owned(),
        path_of(target).chars().take(900).collect(),
    )
}

/// Where a program is, if it is installed.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|path| path.is_file());
    if found.is_none() {
        let asked_for = std::env::var_os("ZEUG_FRONTS").is_some();
        assert!(!asked_for, "{program} is not installed");
        eprintln!("left out: {program} is not installed");
    }
    found
}

impl Kind {
    fn program(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::Apache => "apache2",
            Self::Varnish => "varnishd",
            Self::TrafficServer => "traffic_server",
            Self::Squid => "squid",
        }
    }

    /// Its configuration, and how it is told of it.
    fn configured(self, address: SocketAddr, upstream: SocketAddr, folder: &Path) -> Command {
        let config = folder.join("config");
        let text = match self {
            Self::Nginx => nginx(address, upstream, folder),
            Self::Haproxy => haproxy(address, upstream),
            Self::Apache => apache(address, upstream, folder),
            Self::Varnish => varnish(upstream),
            Self::TrafficServer => traffic_server(address, upstream, folder),
            Self::Squid => squid(address, upstream, folder),
        };
        fs::write(&config, text).unwrap();
        let mut command = Command::new(find(self.program()).unwrap());
        match self {
            Self::Nginx => command.arg("-c").arg(config),
            Self::Haproxy => command.args(["-db", "-f"]).arg(config),
            Self::Apache => command.args(["-DFOREGROUND", "-f"]).arg(config),
            Self::Varnish => command
                .args(["-F", "-j", "none", "-s", "malloc,32m", "-n"])
                .arg(folder.join("shared"))
                .args(["-a", &address.to_string(), "-f"])
                .arg(config),
            Self::TrafficServer => command.env("TS_RUNROOT", config),
            Self::Squid => command.args(["-N", "-f"]).arg(config),
        };
        command
    }
}

impl Front {
    /// Starts one before `upstream`; `None` where it is not installed.
    pub(crate) fn start(kind: Kind, upstream: SocketAddr) -> Option<Self> {
        find(kind.program())?;
        let folder = tempfile::tempdir().unwrap();
        // Some become another user, and write there all the same.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let mut front = Self {
            kind,
            children: Vec::new(),
            address,
            folder,
        };
        let command = kind.configured(address, upstream, front.folder.path());
        front.spawn(command, "log");
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = front.children[0].try_wait().unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "{kind:?} does not start: {}",
                front.errors()
            );
            std::thread::yield_now();
        }
        if kind == Kind::Varnish {
            let mut log = Command::new(find("varnishncsa")?);
            log.arg("-n").arg(front.folder.path().join("shared"));
            let format = format!("counted %m %U%q %s %{{{FROM_ZEUG}}}o");
            log.args(["-F", &format]);
            front.spawn(log, "log");
            // It says nothing of what came before it: what it shows is awaited.
            while front.read("log").is_empty() {
                assert!(begun.elapsed() < PATIENCE, "{}", front.errors());
                drop(front.get_itself());
            }
        }
        Some(front)
    }

    /// Something that the front answers itself.
    fn get_itself(&self) -> String {
        let mut stream = self.connect();
        let _ =
            stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n");
        read_all(&mut stream)
    }

    fn spawn(&mut self, mut command: Command, log: &str) {
        let file = |name: &str| {
            let path = self.folder.path().join(name);
            let mut options = fs::OpenOptions::new();
            let file = options.create(true).append(true).open(path).unwrap();
            file.set_permissions(fs::Permissions::from_mode(0o666))
                .unwrap();
            file
        };
        let child = command
            .stdin(Stdio::null())
            .stdout(file(log))
            .stderr(file("output"))
            .spawn()
            .unwrap();
        self.children.push(child);
    }

    fn read(&self, name: &str) -> String {
        let bytes = fs::read(self.folder.path().join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn errors(&self) -> String {
        self.read("output") + &self.read("errors")
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Whether its log can say what became of a request: Squid's has no room for a target of 8 KiB and what follows it.
    pub(crate) fn can_tell(&self, request: &[u8]) -> bool {
        let line = request.split(|&byte| byte == b'\n').next();
        self.kind != Kind::Squid || line.is_none_or(|line| line.len() < 8000)
    }

    /// Reads whatever a client gets that sends nothing more.
    pub(crate) fn drain(&self, mut stream: TcpStream) {
        if self.kind != Kind::Squid {
            let _ = stream.shutdown(Shutdown::Write);
            read_all(&mut stream);
            return;
        }
        // To Squid a client that has ended its side has left; told otherwise, version 5.7 ends itself. So an end is when nothing more comes.
        let mut patience = Duration::from_millis(500);
        let mut piece = [0; 4096];
        loop {
            stream.set_read_timeout(Some(patience)).unwrap();
            match stream.read(&mut piece) {
                Ok(0) | Err(_) => return,
                Ok(_) => patience = Duration::from_millis(30),
            }
        }
    }

    /// What it handed on and got a 200 for, by its own log.
    pub(crate) fn counted(&self) -> Counted {
        let mut counted = Counted::new();
        for line in self.read("log").lines() {
            let words: Vec<&str> = line.split(' ').collect();
            // Apache and Traffic Server say the whole request line.
            if let ["counted", method, target, "200", "upstream"]
            | ["counted", method, target, _, "200", "upstream"] = words[..]
            {
                *counted.entry(key(method, target)).or_default() += 1;
            }
        }
        counted
    }
}

/// A target without the scheme and the host that some put before it, and without the fragment that Traffic Server does not hand on.
fn path_of(target: &str) -> &str {
    let target = target.split('#').next().unwrap_or_default();
    match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            // nginx's children end with their parent where it is asked, not killed.
            let asked = Command::new("kill").arg(child.id().to_string()).status();
            let begun = Instant::now();
            while asked.is_ok() && begun.elapsed() < PATIENCE {
                if !matches!(child.try_wait(), Ok(None)) {
                    break;
                }
                std::thread::yield_now();
            }
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn nginx(address: SocketAddr, upstream: SocketAddr, folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "daemon off; user root; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 512; }}
http {{
  map $upstream_status $from {{ default upstream; '' itself; '-' itself; }}
  log_format counted 'counted $request_method $request_uri $status $from';
  access_log {folder}/log counted;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream zeug {{ server {upstream}; keepalive 4; }}
  server {{
    listen {address}; client_max_body_size 50m; lingering_timeout 1s;
    location / {{
      proxy_pass http://zeug; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_set_header Host $host;
      proxy_request_buffering off; proxy_buffering off; proxy_next_upstream off; proxy_ignore_client_abort on;
    }}
  }}
}}
"
    )
}

fn haproxy(address: SocketAddr, upstream: SocketAddr) -> String {
    format!(
        "global
  log stdout len 65535 format raw daemon
defaults
  mode http
  log global
  timeout connect 5s
  timeout client 5s
  timeout server 20s
  http-reuse always
  retries 0
frontend front
  bind {address}
  log-format \"counted %HM %HU %ST %[srv_id,iif(upstream,itself)]\"
  default_backend back
backend back
  server zeug {upstream}
"
    )
}

fn apache(address: SocketAddr, upstream: SocketAddr, folder: &Path) -> String {
    let folder = folder.display();
    let modules = "/usr/lib/apache2/modules";
    format!(
        "ServerRoot {folder}
ServerName front
DefaultRuntimeDir {folder}
PidFile {folder}/pid
Mutex posixsem default
User nobody
Group nogroup
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
LoadModule authz_core_module {modules}/mod_authz_core.so
StartServers 1
ServerLimit 1
ThreadsPerChild 25
MaxRequestWorkers 25
Listen {address}
ErrorLog {folder}/errors
LogFormat \"counted %r %>s %{{{FROM_ZEUG}}}o\" counted
CustomLog {folder}/log counted
Timeout 5
KeepAlive On
KeepAliveTimeout 5
AllowEncodedSlashes NoDecode
ProxyPass / http://{upstream}/ nocanon retry=0
"
    )
}

/// It reads a body whole before it hands it on: where it does not, it ends the chunks of a body that broke as if that were whole, and counts it as failed.
fn varnish(upstream: SocketAddr) -> String {
    let (host, port) = (upstream.ip(), upstream.port());
    format!(
        "vcl 4.1;
import std;
backend zeug {{ .host = \"{host}\"; .port = \"{port}\"; }}
sub vcl_recv {{
  if (!std.cache_req_body(64MB)) {{ return (synth(400)); }}
  return (pass);
}}
sub vcl_backend_response {{ set beresp.uncacheable = true; return (deliver); }}
"
    )
}

fn squid(address: SocketAddr, upstream: SocketAddr, folder: &Path) -> String {
    let folder = folder.display();
    let (host, port) = (upstream.ip(), upstream.port());
    format!(
        "http_port {address} accel defaultsite=front
cache_peer {host} parent {port} 0 no-query no-digest originserver name=zeug
http_access allow all
never_direct allow all
cache deny all
logformat counted counted %rm %ru %>Hs %{{{FROM_ZEUG}}}<h
access_log stdio:{folder}/log counted
uri_whitespace deny
strip_query_terms off
pid_filename {folder}/pid
cache_log {folder}/errors
coredump_dir {folder}
cache_effective_user nobody
visible_hostname front
pinger_enable off
shutdown_lifetime 0 seconds
"
    )
}

/// It reads its configuration from a folder that its first file names.
fn traffic_server(address: SocketAddr, upstream: SocketAddr, folder: &Path) -> String {
    let (ip, port) = (address.ip(), address.port());
    for (name, text) in [
        (
            "records.config",
            format!(
                "CONFIG proxy.config.http.server_ports STRING {port}:ip-in={ip}
CONFIG proxy.config.http.cache.http INT 0
CONFIG proxy.config.admin.user_id STRING nobody
CONFIG proxy.config.log.max_secs_per_buffer INT 1
CONFIG proxy.config.log.periodic_tasks_interval INT 1
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT 1
"
            ),
        ),
        ("remap.config", format!("map / http://{upstream}/\n")),
        (
            "ip_allow.yaml",
            "ip_allow:\n  - apply: in\n    ip_addrs: 0/0\n    action: allow\n    methods: ALL\n"
                .to_owned(),
        ),
        (
            "logging.yaml",
            format!(
                "logging:
  formats:
    - name: counted
      format: 'counted %<cqtx> %<pssc> %<{{{FROM_ZEUG}}}ssh>'
  logs:
    - filename: ../log
      format: counted
      mode: ascii
"
            ),
        ),
        ("storage.config", String::new()),
        ("plugin.config", String::new()),
    ] {
        fs::create_dir_all(folder.join("etc")).unwrap();
        fs::write(folder.join("etc").join(name), text).unwrap();
    }
    for name in ["run", "logs", "cache"] {
        fs::create_dir_all(folder.join(name)).unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o777)).unwrap();
    }
    let folder = folder.display();
    format!(
        "prefix: {folder}
exec_prefix: {folder}
bindir: /usr/bin
sbindir: /usr/sbin
sysconfdir: {folder}/etc
datadir: {folder}/cache
includedir: {folder}
libdir: /usr/lib/trafficserver
libexecdir: /usr/lib/trafficserver/modules
localstatedir: {folder}/run
runtimedir: {folder}/run
logdir: {folder}/logs
cachedir: {folder}/cache
"
    )
}
