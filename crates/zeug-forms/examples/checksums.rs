//! A server that takes form posts and answers with each file's size and SHA-256: `cargo run --release --example checksums 127.0.0.1:8000 /var/tmp`,
//! then `curl -F file=@large.iso http://127.0.0.1:8000/`. Threads and std only: it reads just enough of HTTP to find the body.

use std::{
    env,
    error::Error,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use sha2::{Digest, Sha256};
use zeug_forms::{FormParser, Limits, Spool};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let address = args.next().unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let directory = args.next().map_or_else(env::temp_dir, Into::into);
    let listener = TcpListener::bind(address)?;
    writeln!(
        io::stdout(),
        "listening on http://{}/",
        listener.local_addr()?
    )?;
    for stream in listener.incoming() {
        let (stream, spool) = (stream?, Spool::default().directory(&directory));
        thread::spawn(move || {
            if let Err(error) = answer(&stream, spool) {
                // the client is told what was wrong with its form; this is what was wrong with the connection
                let _ = writeln!(io::stderr(), "{error}");
            }
        });
    }
    Ok(())
}

/// Reads one request and answers it.
fn answer(mut stream: &TcpStream, spool: Spool) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut content_type, mut length, mut waits) = (String::new(), 0, false);
    loop {
        let mut line = String::new();
        (&mut reader).take(8 << 10).read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        match name.to_ascii_lowercase().as_str() {
            "content-type" => content_type = value.to_owned(),
            "content-length" => length = value.parse().map_err(io::Error::other)?,
            "expect" => waits = value.eq_ignore_ascii_case("100-continue"),
            _ => {}
        }
    }
    if waits {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let limits = Limits::default().body(4 << 30).file(2 << 30);
    let parser = FormParser::new(&content_type)
        .content_length(length)
        .limits(limits)
        .spool(spool);
    let (status, text) = match parser.parse(&mut reader) {
        Ok(mut form) => {
            let mut text: String = form
                .fields
                .iter()
                .map(|(name, value)| format!("{name}: {value}\n"))
                .collect();
            for (name, file) in form.files.iter_mut() {
                let mut hash = Sha256::new();
                let size = file.write_to(&mut Hasher(&mut hash))?;
                let hash: String = hash
                    .finalize()
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                text.push_str(&format!(
                    "{name}: {:?}, {size} bytes, sha256 {hash}\n",
                    file.filename()
                ));
            }
            (200, text)
        }
        Err(error) => (error.status_hint(), format!("{error}\n")),
    };
    write!(
        stream,
        "HTTP/1.1 {status} -\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )?;
    // a client that is still sending gets the answer before the connection goes
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let _ = io::copy(&mut reader.take(16 << 20), &mut io::sink());
    Ok(())
}

/// Feeds what is written to a hash.
struct Hasher<'h>(&'h mut Sha256);

impl Write for Hasher<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
